"""Metrics, table of classes and verdict as the Evaluate page shows them."""

from __future__ import annotations

import number_states
import numpy as np
import pytest
import states

from studio.evaluate.documents import evaluation, regression
from studio.evaluate.documents.evaluation import RunFacts
from studio.evaluate.metrics import IN_REPORT
from studio.session import part_results
from studio.session.evaluation import (
    class_rows,
    metric_tiles,
    photo_lists,
    probe_rows,
    residual_rows,
    verdict_words,
)
from studio.session.part_results import PartResults
from studio.spec.structs import replace

WRONG = {0: 0.6, 3: 0.95}


def live(classes: tuple[str, ...] = ("ants", "bees"), each: int = 10) -> PartResults:
    data = states.dataset(classes=classes, each=each)
    return part_results.of_events("/runs/1", data, states.predicted(data, WRONG))


def judged(results: PartResults) -> PartResults:
    return replace(results, document=evaluation.classification(results.judged, RunFacts(results.classes)))


def test_tiles_of_an_evaluation_have_intervals_and_references() -> None:
    tiles = {tile.key: tile for tile in metric_tiles.tiles("classification", judged(live()), None)}
    assert list(tiles) == ["accuracy", "balanced_accuracy", "macro_f1", "loss", "calibration_error"]
    assert all(len(tile.short_title or tile.title) <= 12 for tile in tiles.values()), "six tiles in 1120 pixels"
    accuracy = tiles["accuracy"]
    assert (accuracy.text, accuracy.reference, accuracy.reference_words) == (
        "80.0\u202f%", 0.5, "50.0\u202f% always “ants”",
    )  # fmt: skip
    assert accuracy.note.startswith("95\u202f% interval 49.0 – 94.3")
    assert "Wilson" in accuracy.tip
    assert accuracy.axis[0] <= accuracy.reference
    assert accuracy.axis[1] == 1.0
    for tile in tiles.values():
        assert tile.low <= tile.value <= tile.high
        assert tile.axis[0] <= tile.low
    assert "by chance" in tiles["loss"].reference_words


def test_tiles_of_an_epoch_show_what_is_known() -> None:
    data = states.dataset()
    report = states.report(data, states.predicted(data, WRONG))
    tiles = {tile.key: tile for tile in metric_tiles.tiles("classification", live(), report)}
    assert (tiles["balanced_accuracy"].text, tiles["balanced_accuracy"].value) == ("–", None)
    assert tiles["accuracy"].spoken().startswith("80.0\u202f%, 95")


def test_many_classes_have_a_top5_accuracy() -> None:
    results = live(tuple(f"class {number}" for number in range(12)), 4)
    tiles = {tile.key: tile for tile in metric_tiles.tiles("classification", judged(results), None)}
    assert tiles["top5_accuracy"].reference == 5 / 12
    assert tiles["top5_accuracy"].text.endswith("%")


def test_numbers_are_compared_with_predicting_the_mean() -> None:
    run = number_states.run(number_states.dataset())
    tiles = {tile.key: tile for tile in metric_tiles.tiles("regression", None, run.report)}
    assert list(tiles) == ["mae", "rmse", "r2"]
    assert tiles["mae"].reference == run.report.value("baseline_mae")
    assert tiles["r2"].reference == 0.0


def test_few_photos_of_a_class_are_noted_in_place_of_its_metrics() -> None:
    rows = class_rows.rows(judged(live(each=6)), None)
    assert [row.note for row in rows] == ["only 3 validation photos of this class"] * 2
    assert class_rows.note(1, "test") == "only 1 test photo of this class"
    assert class_rows.note(0, "test") == "no test photos of this class"
    many = class_rows.rows(judged(live(each=20)), None)
    assert not many[0].note
    low, high = many[0].intervals[0]
    assert low < many[0].precision <= high
    assert [row.name for row in class_rows.averages(judged(live()))] == ["macro average", "weighted average"]
    assert class_rows.averages(live()) == ()


def test_a_reason_names_its_evidence() -> None:
    facts = RunFacts(("ants", "bees"), pairs=(("ants/0002.jpg", "ants/0001.jpg"),))
    results = live()
    results = replace(results, document=evaluation.classification(results.judged, facts))
    verdict = verdict_words.verdict(results, None)
    leak = next(reason for reason in verdict.reasons if reason.rule == "Leakage")
    assert results.document["leakage"] == [["ants/0002.jpg", "ants/0001.jpg"]]
    assert (leak.evidence, leak.photos) == ("pairs", ("ants/0001.jpg",))
    assert all(not one.evidence or one.evidence in verdict_words.EVIDENCE_TIPS for one in verdict.reasons)
    assert verdict_words.verdict(None, None) is None


def test_probes_stand_beside_the_run() -> None:
    results = live()
    probe = {
        key: {"value": value, "low": value - 0.1, "high": 1.0, "n": 10, "method": "Wilson", "train_photos": 10}
        for key, value in (("knn", 0.7), ("centroid", 0.6), ("logistic", 0.9))
    }
    known = replace(results, document=evaluation.classification(results.judged, RunFacts(("ants", "bees"))))
    assert probe_rows.rows(known) == ()
    assert "no quick probes" in probe_rows.words(known)
    assert "with the evaluation of the run" in probe_rows.words(results)
    known = replace(known, document={**known.document, "probe": probe})
    rows = probe_rows.rows(known)
    assert [row.key for row in rows] == ["run", "knn", "centroid", "logistic"]
    assert (rows[0].reference, rows[1].reference) == (None, 0.8)
    assert probe_rows.words(known).startswith("The run is below the best probe, Logistic regression with 90.0")


def test_lists_give_their_photos_or_the_reason() -> None:
    early = "The photos are not judged yet."
    assert [one.why for one in photo_lists.lists(live())] == ["", early, early, "", early, early]
    lists = photo_lists.lists(judged(live()))
    assert lists[5].why == "No other run of this folder judged these photos."
    assert [one.text for one in lists[:2]] == ["All mistakes", "Hardest photos (10)"]
    assert lists[0].selection.is_all_mistakes
    assert lists[1].selection.paths[0] == "ants/0007.jpg"
    assert lists[3].selection.paths[0] == "ants/0001.jpg", "0.6 against 0.4"


def test_errors_by_size_name_systematic_ones() -> None:
    data = number_states.dataset()
    run = number_states.run(data)
    results = part_results.of_events(run.id, data, run.numbers)
    assert residual_rows.rows(results) == ()
    document = regression.document(results.judged, results.judged.truth, None, [])
    results = replace(results, document=document)
    rows = residual_rows.rows(results)
    assert [row.key for row in rows] == ["low", "middle", "high"]
    assert rows[0].axis[0] == -rows[0].axis[1]
    assert rows[2].text == "+1.00"
    assert "Mean absolute error" in rows[2].tip
    off = replace(results, judged=replace(results.judged, predicted=results.judged.predicted + 50))
    document = regression.document(off.judged, off.judged.truth, None, [])
    assert "high numbers are predicted too high" in residual_rows.words(replace(off, document=document))


def test_the_ends_of_an_axis_and_of_an_interval() -> None:
    for low, begin in ((0.82, 0.7), (0.95, 0.9), (0.72, 0.6), (0.03, 0.0), (-0.3, -0.4), (-7.0, -1.0)):
        assert metric_tiles._axis(metric_tiles.BALANCED, 0.99, low, None) == (pytest.approx(begin), 1.0)
    assert metric_tiles._axis(metric_tiles.BALANCED, None) == (0.0, 1.0)
    r2 = next(row for row in IN_REPORT["regression"] if row.key == "r2")
    assert metric_tiles._interval(r2, -10.1, 0.5).startswith("below −10 to")
    assert metric_tiles._interval(r2, -10.0, 0.5) == r2.interval_text((-10.0, 0.5))
    assert metric_tiles._interval(IN_REPORT["regression"][0], -11.0, 0.5).startswith("−11")
    keys = [[row.key for row in metric_tiles.metrics_of("classification", classes)] for classes in (9, 10)]
    assert ["top5_accuracy" in one for one in keys] == [False, True]


def test_the_references_are_always_predicting_the_largest_class_and_chance() -> None:
    results = live(("ants", "bees", "wasps"), 4)
    truth = np.array([0, 0, 0, 1, 1, 2])
    results = replace(results, judged=replace(results.judged, truth=truth, predicted=np.eye(3)[truth], paths=("",) * 6))
    tiles = {tile.key: tile for tile in metric_tiles.tiles("classification", judged(results), None)}
    f1 = 2 * 0.5 / (1 + 0.5) / 3
    expected = {"accuracy": 0.5, "balanced_accuracy": 1 / 3, "macro_f1": f1, "loss": np.log(3)}
    assert {key: tiles[key].reference for key in expected} == pytest.approx(expected)


def test_a_row_has_precision_recall_and_f1_also_during_a_run() -> None:
    row = class_rows.rows(judged(live(each=40)), None)[0]
    document = judged(live(each=40)).document["per_class"][0]
    assert (row.precision, row.recall, row.f1) == tuple(document[key]["value"] for key in ("precision", "recall", "f1"))
    assert len({row.precision, row.recall, row.f1}) == 3
    data = states.dataset()
    report = states.report(data, states.predicted(data, WRONG))
    assert class_rows.rows(live(), None) == ()
    assert [one.name for one in class_rows.rows(live(), report)] == ["ants", "bees"]


@pytest.mark.parametrize(("classes", "some"), [(2, False), (9, False), (10, True), (1000, True)])
def test_top_5_accuracy_is_a_metric_of_ten_classes_and_more(classes, some) -> None:
    keys = [metric.key for metric in metric_tiles.metrics_of("classification", classes)]
    rest = ["balanced_accuracy", "macro_f1", "loss", "calibration_error"]
    assert keys == ["accuracy", *(["top5_accuracy"] if some else []), *rest]
    assert "balanced_accuracy" not in [metric.key for metric in metric_tiles.metrics_of("regression", classes)]


def test_the_verdict_has_the_severity_of_its_first_reason() -> None:
    results = judged(live())
    reason = results.document["verdict"]["reasons"][0]
    for severities in (("bad", "good"), ("good", "bad")):
        reasons = [{**reason, "severity": severity} for severity in severities]
        shown = verdict_words.verdict(replace(results, document={"verdict": {"word": "x", "reasons": reasons}}), None)
        assert shown.tone == shown.reasons[0].tone != shown.reasons[1].tone
    none = verdict_words.verdict(replace(results, document={"verdict": {"word": "x", "reasons": []}}), None)
    assert (none.word, none.tone, none.reasons) == ("x", "caution", ())
