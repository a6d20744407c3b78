"""The documents of `thaw evaluate` and `thaw compare`: one file, as both are made of the same judged parts."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from epochs import class_epoch

from studio.evaluate.documents import comparison, decision, evaluation, regression
from studio.evaluate.documents.comparison import ComparedRun
from studio.evaluate.documents.evaluation import RunFacts
from studio.evaluate.probabilities import calibration, thresholds
from studio.evaluate.slices import SliceValues
from studio.events import JudgedPart
from studio.spec.decision import DecisionRule

NAMES = ("ants", "bees", "wasps")


def part(labels: list[int], probabilities: Any, split: Any = "val", paths: list[str] | None = None) -> JudgedPart:
    names = tuple(paths or (f"{NAMES[label]}/{place}.jpg" for place, label in enumerate(labels)))
    shares = np.array(probabilities, np.float32).reshape(len(labels), -1)
    return JudgedPart(split, 1, "", names, ("",) * len(labels), np.array(labels, np.int64), shares)


def sure(labels: list[int], share: float = 0.9) -> Any:
    rows = np.full((len(labels), 3), (1 - share) / 2)
    rows[np.arange(len(labels)), labels] = share
    return rows


@pytest.mark.parametrize(
    ("labels", "probabilities"),
    [
        ([], np.zeros((0, 3))),
        ([1], sure([1])),
        ([1], sure([2])),
        ([0, 0, 2], sure([0, 0, 2])),
        ([0, 1, 2], sure([1, 2, 0])),
        ([0, 1, 2], np.full((3, 3), 1 / 3)),
        ([0, 1, 2], np.full((3, 3), np.nan)),
        ([0, 1], [[1, 0, 0], [1, 0, 0]]),
    ],
    ids=["none", "one right", "one wrong", "class missing", "all wrong", "ties", "not numbers", "surely wrong"],
)
def test_degenerate_parts_have_a_whole_document(labels: list[int], probabilities: Any) -> None:
    if not labels:
        empty = JudgedPart("val", 1, "", (), (), np.zeros(0, np.int64), np.zeros((0, 3), np.float32))
        document = evaluation.classification(empty, RunFacts(NAMES))
    else:
        document = evaluation.classification(part(labels, probabilities), RunFacts(NAMES))
    assert json.loads(json.dumps(document))["metrics"]["accuracy"]["n"] == len(labels)
    assert np.sum(document["confusion"]["counts"]) == len(labels)
    assert document["verdict"]["word"]
    for one in document["metrics"].values():
        assert one["low"] is None or one["low"] <= one["value"] <= one["high"]


def test_predictions_that_are_not_numbers_are_diverged() -> None:
    document = evaluation.classification(part([0, 1], np.full((2, 3), np.nan)), RunFacts(NAMES))
    assert document["verdict"]["word"] == "Diverged"


def test_label_errors_of_training_photos_need_out_of_sample_probabilities() -> None:
    labels = [0, 1, 2] * 10
    wrong = list(labels)
    wrong[4] = 2
    learned = part(wrong, sure(wrong), "train")
    assert evaluation.classification(learned, RunFacts(NAMES))["label_errors"] == []
    found = evaluation.classification(learned, RunFacts(NAMES, out_of_sample=sure(labels)))["label_errors"]
    assert [(row["path"], row["label"], row["suggested"]) for row in found] == [("wasps/4.jpg", "wasps", "bees")]


def test_of_very_many_label_errors_the_first_ones_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MOST_PHOTOS", 2)
    labels = [0, 1, 2] * 10
    wrong = [2, 0, 1, 0, *labels[4:]]
    facts = RunFacts(NAMES, out_of_sample=sure(labels))
    assert len(evaluation.classification(part(wrong, sure(wrong), "train"), facts)["label_errors"]) == 2


def test_folders_that_are_the_classes_are_not_slices() -> None:
    labels = [0] * 12 + [1] * 12
    assert evaluation.classification(part(labels, sure(labels)), RunFacts(NAMES))["slices"] == []
    paths = [f"{NAMES[label]}/day{place % 2}/{place}.jpg" for place, label in enumerate(labels)]
    rows = evaluation.classification(part(labels, sure(labels), paths=paths), RunFacts(NAMES))["slices"]
    assert {row["slice"] for row in rows} == {"ants/day0", "ants/day1", "bees/day0", "bees/day1"}


def test_thresholds_and_temperature_of_test_photos_are_chosen_on_validation_photos() -> None:
    random = np.random.default_rng(0)
    val, test = (part(random.integers(0, 3, 30).tolist(), random.dirichlet(np.ones(3), 30)) for _ in range(2))
    document = evaluation.classification(test, RunFacts(NAMES, fitted_on=val, threshold="recall=0.9"))
    assert (document["threshold"]["chosen_on"], document["calibration"]["fitted_on"]) == ("val", "val")
    rule = thresholds.recall_at_least(0.9)
    expected = rule(thresholds.curve(val.predicted[:, 0], val.truth == 0))
    assert document["threshold"]["classes"][0]["value"] == expected
    assert document["calibration"]["temperature"] == calibration.temperature(val.truth, val.predicted)
    alone = evaluation.classification(test, RunFacts(NAMES))
    assert (alone["threshold"]["chosen_on"], alone["calibration"]["fitted_on"]) == ("cross-fit", "cross-fit")


def numbers(truth: list[float], predicted: list[float]) -> JudgedPart:
    paths = tuple(f"{place}.jpg" for place in range(len(truth)))
    return JudgedPart("val", 1, "", paths, ("",) * len(truth), np.array(truth), np.array(predicted, np.float32))


@pytest.mark.parametrize("seed", range(3))
def test_the_document_has_the_metrics_of_scikit_learn(seed: int) -> None:
    from sklearn import metrics

    random = np.random.default_rng(seed)
    truth = random.normal(5, 2, 40)
    predicted = (truth + random.normal(0, 1, 40)).astype(np.float32)
    document = regression.document(numbers(truth.tolist(), predicted.tolist()), truth, None, ())
    values = {key: one["value"] for key, one in document["metrics"].items()}
    assert values["mae"] == pytest.approx(metrics.mean_absolute_error(truth, predicted))
    assert values["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, predicted))
    assert values["r2"] == pytest.approx(metrics.r2_score(truth, predicted))
    for one in document["metrics"].values():
        assert one["low"] <= one["value"] <= one["high"]
    assert [row["size"] for row in document["residuals"]] == ["low", "middle", "high"]


@pytest.mark.parametrize(
    ("truth", "predicted"), [([3.0], [2.0]), ([2.0, 2.0], [2.0, 2.0]), ([1.0, 2.0], [float("nan"), 1.0])]
)
def test_degenerate_numbers(truth: list[float], predicted: list[float]) -> None:
    document = regression.document(numbers(truth, predicted), np.array([1.0, 3.0]), None, ())
    assert document["metrics"].keys() == {"mae", "rmse", "r2", "baseline_mae"}
    assert document["verdict"]["word"]


def run(judged: JudgedPart, classes: tuple[str, ...] = NAMES) -> ComparedRun:
    return ComparedRun("run", classes, judged, {})


def test_runs_with_other_orders_of_classes_are_compared_by_name() -> None:
    paths = ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    a = run(part([0, 1, 2, 0], sure([0, 1, 0, 1]), paths=paths))
    b = run(part([1, 0, 2, 1], sure([1, 2, 2, 2]), paths=paths), ("bees", "ants", "wasps"))
    document = comparison.document(a, b)
    assert [document[key] for key in ("common", "fixed", "broken", "both_wrong", "both_right")] == [4, 1, 1, 1, 1]
    assert document["photos"]["fixed"] == ["3.jpg"]


def test_a_run_with_predictions_that_are_not_numbers_is_worse() -> None:
    labels = [0, 1, 2, 1]
    shares = sure(labels)
    shares[1:] = np.nan
    document = comparison.document(run(part(labels, shares)), run(part(labels, sure(labels))))
    assert [document[key] for key in ("common", "fixed", "broken", "both_right")] == [4, 3, 0, 1]
    json.dumps(document, allow_nan=False)


def test_a_comparison_is_made_in_small_steps_and_says_where_few_photos_limit_an_interval() -> None:
    a = run(part([0, 1, 2, 0], sure([0, 1, 0, 1])))
    b = run(part([0, 1, 2, 0], sure([1, 2, 2, 2])))
    done = list(comparison.steps(a, b))
    assert done.count(0) == 3
    assert sum(done) == comparison.SAMPLES
    metrics = comparison.document(a, b)["metrics"]
    assert metrics["loss"]["note"].startswith("4 photos may include none of a rare kind")
    assert metrics["macro_f1"]["note"] == ""


def test_only_common_photos_with_the_same_label_count() -> None:
    a = run(part([0, 1, 2], sure([0, 1, 2]), paths=["1.jpg", "2.jpg", "3.jpg"]))
    b = run(part([0, 2, 2], sure([1, 2, 2]), paths=["1.jpg", "2.jpg", "9.jpg"]))
    document = comparison.document(a, b)
    assert (document["common"], document["relabeled"], document["broken"]) == (1, 1, 1)


def test_photos_of_a_comparison_are_sorted_by_the_change() -> None:
    paths = ["1.jpg", "2.jpg", "3.jpg"]
    a = run(part([0, 0, 0], [[0.4, 0.6, 0], [0.1, 0.9, 0], [0.9, 0.1, 0]], paths=paths))
    b = run(part([0, 0, 0], sure([0, 0, 1]), paths=paths))
    document, photos = comparison.compare(a, b)
    assert photos.groups["fixed"].tolist() == [1, 0]
    first = document["examples"]["fixed"][0]
    assert (first["path"], first["a"]["predicted"], first["b"]["predicted"]) == ("2.jpg", "bees", "ants")
    assert (document["verdict"], document["confusion"]["a"][0]) == ("too few to tell", [1, 2, 0])
    assert document["changes"][0] == {"true": "ants", "predicted": "ants", "a": 1, "b": 2}
    assert json.loads(json.dumps(document)) == document


def test_a_comparison_of_many_classes_has_the_largest_changes_only() -> None:
    names, labels = tuple(f"class {number}" for number in range(50)), list(range(50))
    paths = [f"{number}.jpg" for number in labels]
    shares = np.eye(50, dtype=np.float32)
    right = JudgedPart("val", 1, "", tuple(paths), ("",) * 50, np.array(labels), shares)
    wrong = replace(right, predicted=np.roll(shares, 1, axis=1))
    document = comparison.document(run(wrong, names), run(right, names))
    assert (document["confusion"], document["fixed"], len(document["changes"])) == (None, 50, 20)


def test_runs_without_a_common_photo() -> None:
    a, b = run(part([0, 1], sure([0, 1]), paths=["1", "2"])), run(part([0, 1], sure([0, 1]), paths=["3", "4"]))
    document, photos = comparison.compare(a, b)
    assert (document["common"], document["verdict"], document["changes"]) == (0, "no photo in common", [])
    assert (photos.paths, len(photos.truth)) == ((), 0)
    assert json.loads(json.dumps(document))["metrics"]["loss"]["difference"]["low"] is None


def test_numbers_are_compared_by_their_errors() -> None:
    a, b = numbers([1.0, 2.0, 3.0, 4.0], [1.5, 2.5, 3.0, 4.0]), numbers([1.0, 2.0, 3.0, 4.0], [1.4, 2.0, 3.2, 4.0])
    document, photos = comparison.compare(run(a, ("size",)), run(b, ("size",)), regression=True)
    groups = {name: rows.tolist() for name, rows in photos.groups.items()}
    assert groups == {"fixed": [1, 0], "broken": [2], "both_wrong": [], "both_right": [3]}
    assert [row["path"] for row in document["examples"]["closer"]] == ["1.jpg", "0.jpg"]
    assert document["metrics"].keys() == {"mae", "rmse", "r2"}


def test_results_on_training_photos_are_not_evidence() -> None:
    judged = replace(numbers([1.0, 2.0, 3.0], [1.0, 2.0, 3.5]), split="train")
    verdict = regression.document(judged, np.array([1.0, 3.0]), None, ())["verdict"]
    assert verdict["word"] == "Trained on"
    assert "validation photos," not in verdict["reasons"][1]["text"]


def test_slices_of_numbers_are_by_error() -> None:
    numbers = JudgedPart("val", 1, "", ("a/1.jpg", "a/2.jpg", "b/1.jpg"), ("",) * 3, np.array([1.0, 2, 3]), np.ones(3))
    found = evaluation.part_slices(numbers, SliceValues(), regression=True)
    assert [(one.name, one.score.value) for one in found] == [("b", 2.0), ("a", 0.5)]


def test_very_large_parts_have_no_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = RunFacts(NAMES)
    monkeypatch.setattr(evaluation, "MOST_THRESHOLDS", 6)
    assert evaluation.threshold_rows(np.array([0, 1]), sure([0, 1]), facts) is not None
    assert evaluation.threshold_rows(np.array([0, 1, 2]), sure([0, 1, 2]), facts) is None


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_probability_that_is_not_a_number_counts_as_none(wrong: float) -> None:
    judged = part([0, 1], [[0.0, 0.004, 0.0], [0.0, 0.9, 0.1]])
    judged.predicted[0, 0] = wrong
    counts = evaluation.classification(judged, RunFacts(NAMES))["confusion"]["counts"]
    assert counts[0] == [0, 1, 0]
    answered = decision.document(judged, DecisionRule(chosen_on="test"), NAMES)
    assert answered["confusion"]["counts"] == counts
    assert answered["judged_by"] == "other photos"


def test_metrics_of_numbers_without_variance_or_error() -> None:
    for truth, predicted, value in (
        ([3.0], [3.0], 0.0),
        ([2.0, 2.0], [2.0, 2.0], 1.0),
        ([2.0, 2.0], [2.0, 2.5], 0.0),
        ([1.0, 2.0], [1.0, 2.0], 1.0),
        ([1.0, 3.0, 4.0], [1.0, 3.0, 4.0], 1.0),
    ):
        found = regression.r2(np.array(truth), np.array(predicted))
        assert (found.value, math.isnan(found.low)) == (value, True)
    assert regression.r2(np.array([1.0, 3.0]), np.array([1.0, 2.0])).value == pytest.approx(0.5)


def test_the_baseline_and_the_residuals_of_numbers() -> None:
    truth, predicted = [1.0, 2.0, 3.0, 4.0, 5.0, 9.0], [2.0, 3.0, 3.0, 4.0, 4.0, 7.0]
    document = regression.document(numbers(truth, predicted), np.array([2.0, 4.0]), None, ())
    assert document["metrics"]["baseline_mae"]["value"] == pytest.approx(np.abs(np.array(truth) - 3).mean())
    rows = document["residuals"]
    assert [(row["size"], row["from"], row["to"]) for row in rows] == [("low", 1, 2), ("middle", 3, 4), ("high", 5, 9)]
    assert [row["residual"]["value"] for row in rows] == [1.0, 0.0, -1.5]
    assert [row["mae"]["value"] for row in rows] == [1.0, 0.0, 1.5]


def test_the_examples_of_two_runs_have_the_numbers_of_each() -> None:
    a, b = numbers([1.0, 2.0], [1.5, 2.0]), numbers([1.0, 2.0], [1.25, 3.0])
    document, _ = comparison.compare(run(a, ("size",)), run(b, ("size",)), regression=True)
    assert document["examples"]["closer"] == [{"path": "0.jpg", "true": 1.0, "a": 1.5, "b": 1.25}]
    assert document["examples"]["farther"] == [{"path": "1.jpg", "true": 2.0, "a": 2.0, "b": 3.0}]


def test_slices_of_classes_are_by_the_share_of_right_photos() -> None:
    paths = ["x/1.jpg", "x/2.jpg", "x/3.jpg", "y/1.jpg", "y/2.jpg"]
    found = evaluation.part_slices(part([0, 1, 0, 0, 1], sure([0, 1, 1, 1, 0]), paths=paths), SliceValues())
    assert [(one.name, one.score.value) for one in found] == [("y", 0.0), ("x", pytest.approx(2 / 3))]


def test_the_accuracy_on_training_photos_counts_for_other_photos_of_the_same_epoch() -> None:
    labels = [0, 1, 2] * 20
    guesses = [*labels[:46], *([(label + 1) % 3 for label in labels[46:]])]
    epochs = (class_epoch(1, 0.1, 0.99, 0.6, 0.77, 1.0), class_epoch(2, 0.1, 0.80, 0.6, 0.77, 1.0))

    def rules(split: str, epoch: int) -> list[str]:
        judged = replace(part(labels, sure(guesses), split), epoch=epoch)
        verdict = evaluation.classification(judged, RunFacts(NAMES, epochs[:epoch]))["verdict"]
        return [reason["rule"] for reason in verdict["reasons"]]

    assert "Overfitting" in rules("val", 1)
    assert "Overfitting" not in rules("val", 2)
    assert "Overfitting" not in rules("train", 1)


def test_the_interval_of_a_small_rmse_contains_it() -> None:
    truth, errors = np.arange(5.0), np.array([0.01, -0.02, 0.01, 0.03, 0.01])
    found = regression.metrics(truth, truth + errors)
    mse = np.square(errors).mean()
    assert found["rmse"].value == pytest.approx(mse**0.5)
    assert found["rmse"].low < found["rmse"].value < found["rmse"].high < 0.1
