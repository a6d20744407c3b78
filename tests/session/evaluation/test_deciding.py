"""The decision rule that the Evaluate page shows results by: tried out, stored, and what follows from it."""

from __future__ import annotations

import numpy as np
import pytest
import states
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score, log_loss, precision_score, recall_score

from studio.events import DecisionStored, JudgedPart
from studio.session import reducer
from studio.session.evaluation import class_rows, deciding, metric_tiles
from studio.session.part_results import PartResults
from studio.spec.decision import PLAIN, ClassThreshold, DecisionRule
from studio.spec.structs import replace

CLASSES = ("ants", "bees", "cats")
RULE = DecisionRule((ClassThreshold("bees", 0.3),))


def results(rule: DecisionRule = PLAIN, count: int = 120, split: str = "val") -> PartResults:
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, count)
    scores = np.exp(random.normal(size=(count, 3)) + 1.5 * np.eye(3)[labels])
    shares = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    names = tuple(f"{number}.jpg" for number in range(count))
    return PartResults("run", CLASSES, "", JudgedPart(split, 3, "", names, names, labels, shares), rule=rule)


def test_a_rule_is_tried_out_stored_and_reset():
    state = states.state().showing(states.run(states.spec("/photos"), states.dataset("/photos")))
    run = state.run.id
    assert deciding.rule_of(state.run) is PLAIN
    state = deciding.tried(state, RULE)
    assert deciding.rule_of(state.run) == RULE
    assert state.run.decision is None
    assert deciding.tried(state, None).run.trial is None
    state = reducer.reduce(state, "decide", DecisionStored(run, RULE))
    assert (state.run.decision, state.run.trial) == (RULE, None)
    assert deciding.tried(state, RULE).run.trial is None, "that is the stored one"
    state = deciding.tried(state, PLAIN)
    assert deciding.rule_of(state.run) == PLAIN
    assert reducer.reduce(state, "decide", DecisionStored("another", None)) is state
    assert deciding.tried(states.state(), RULE) == states.state()


@pytest.mark.parametrize(
    "rule",
    [
        PLAIN,
        RULE,
        DecisionRule((ClassThreshold("bees", 0.3), ClassThreshold("cats", 0.9)), temperature=1.7),
        DecisionRule(least_confidence=0.6, temperature=0.5),
    ],
)
def test_metrics_by_a_rule_equal_those_of_scikit_learn(rule):
    one = results(rule)
    truth, sure, guesses = one.judged.truth, one.sure, one.predicted
    matrix = confusion_matrix(truth[sure], guesses[sure], labels=[0, 1, 2])
    assert (one.counts == matrix).all()
    assert one.wrong.sum() == (truth != guesses)[sure].sum()
    if rule.is_plain:
        return
    # A photo without an answer is missed: as if it were predicted as a class of its own.
    answers = np.where(sure, guesses, 3)
    rows = class_rows.rows(one, None)
    options = {"labels": [0, 1, 2], "average": None, "zero_division": 0}
    assert [row.precision for row in rows] == pytest.approx(precision_score(truth, answers, **options))
    assert [row.recall for row in rows] == pytest.approx(recall_score(truth, answers, **options))
    assert [row.f1 for row in rows] == pytest.approx(f1_score(truth, answers, **options))
    known = deciding.metrics(one)
    assert known["macro_f1"]["value"] == pytest.approx(np.mean(f1_score(truth, answers, **options)))
    assert known["accuracy"]["value"] == pytest.approx((truth == guesses)[sure].mean())
    recalls = recall_score(truth, answers, **options)
    assert known["balanced_accuracy"]["value"] == pytest.approx(recalls.mean())
    if sure.all():
        assert known["balanced_accuracy"]["value"] == pytest.approx(balanced_accuracy_score(truth, guesses))
    if rule.temperature == 1:
        assert not {"loss", "calibration_error"} & known.keys(), "those of the document, which thresholds do not change"
    else:
        assert known["loss"]["value"] == pytest.approx(log_loss(truth, one.answers.probabilities), rel=1e-5)
    tiles = {tile.key: tile for tile in metric_tiles.tiles("classification", one, None)}
    assert tiles["macro_f1"].note == deciding.LATER
    scored = deciding.scores_of(one)
    assert [row.f1 for row in class_rows.rows(one, None, scored)] == pytest.approx([row.f1 for row in rows])
    for row in class_rows.rows(one, None, scored):
        assert all(low <= value <= high for value, (low, high) in zip(row.values(), row.intervals, strict=True))
    macro, weighted = class_rows.averages(one, scored)
    assert macro.f1 == pytest.approx(known["macro_f1"]["value"])
    assert weighted.recall == pytest.approx(recall_score(truth, answers, labels=[0, 1, 2], average="weighted"))
    later = deciding.metrics(one, scored)
    for key in ("macro_f1", "balanced_accuracy", *(("loss", "calibration_error") if rule.temperature != 1 else ())):
        assert later[key]["value"] == pytest.approx(known[key]["value"])
        assert later[key]["low"] <= later[key]["value"] <= later[key]["high"]
        assert later[key]["method"]
    assert (
        "interval"
        in {tile.key: tile for tile in metric_tiles.tiles("classification", one, None, scored)}["macro_f1"].note
    )


def test_the_words_of_a_rule():
    rule = DecisionRule(tuple(ClassThreshold(name, 0.5) for name in CLASSES), 1.5, least_confidence=0.7)
    words = "ants from 0.50, bees from 0.50, 1 more threshold, not sure below 0.70, temperature 1.50"
    assert deciding.words(rule).replace("\u202f", " ") == words
    state = states.state().showing(states.run(states.spec("/photos"), states.dataset("/photos")))
    assert deciding.line(state.run, results()) == ""
    line = deciding.line(deciding.tried(state, rule).run, results(rule))
    assert line.startswith("With ants from 0.50")
    assert line.endswith("not sure · not saved")


def test_a_threshold_is_chosen_on_validation_photos_only():
    assert deciding.cannot_choose(results()) == ""
    assert "not on the test photos" in deciding.cannot_choose(results(split="test"))
    wanted = deciding.with_threshold(PLAIN, "bees", 0, "recall=0.9")
    rule, why = deciding.chosen(wanted, results())
    assert why == ""
    own = rule.threshold_of("bees")
    assert recall_score(results().judged.truth == 1, results().judged.predicted[:, 1] >= own.value) >= 0.9
    assert (rule.epoch, rule.chosen_on) == (3, "val")
    assert deciding.without_threshold(rule, "bees").thresholds == ()
    assert deciding.with_threshold(rule, "bees", 7).threshold_of("bees") == ClassThreshold("bees", 1.0)
    few = results(count=1)
    absent = CLASSES[(int(few.judged.truth[0]) + 1) % 3]
    rule, why = deciding.chosen(deciding.with_threshold(PLAIN, absent, 0, "f1"), few)
    assert "no photos" in why
    fitted, _ = deciding.chosen(DecisionRule(temperature_fitted=True), results())
    assert fitted.temperature != 1
    assert fitted.temperature_fitted


@pytest.mark.parametrize(("chosen", "stored"), [(-0.5, 0.0), (0.0, 0.0), (0.004, 0.004), (1.0, 1.0), (1.5, 1.0)])
def test_a_threshold_is_a_probability(chosen, stored):
    rule = deciding.with_threshold(RULE, "bees", chosen)
    assert rule.threshold_of("bees").value == stored
    assert deciding.with_threshold(RULE, "cats", chosen).thresholds == (
        *RULE.thresholds,
        ClassThreshold("cats", stored),
    )


def test_averages_skip_classes_without_photos():
    truth = np.array([0, 0, 1])
    shares = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]], np.float32)
    names = ("1.jpg", "2.jpg", "3.jpg")
    one = PartResults("run", CLASSES, "", JudgedPart("val", 3, "", names, names, truth, shares), rule=RULE)
    found = deciding.metrics(one)
    assert found["balanced_accuracy"]["value"] == pytest.approx((0.5 + 1) / 2), "a class without photos has no recall"
    assert found["macro_f1"]["value"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert found["accuracy"]["value"] == pytest.approx(2 / 3)
    assert "loss" not in found
    warm = PartResults("run", CLASSES, "", one.judged, rule=DecisionRule(temperature=3.0))
    assert deciding.metrics(warm)["loss"]["value"] > 0
    assert deciding.words(warm.rule) == "temperature 3.00"
    assert deciding.words(DecisionRule(temperature=1.0, least_confidence=0.5)) == "not sure below 0.50"


def test_results_by_the_same_rule_are_not_computed_again():
    one = results()
    assert deciding.decided(one, PLAIN) is one
    assert deciding.decided(one, RULE).rule == RULE


@pytest.mark.parametrize("rule", [PLAIN, RULE, DecisionRule(least_confidence=0.6), DecisionRule(temperature=2.0)])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_scores_of_few_photos_equal_those_of_the_evaluation(rule, count):
    """They are shown until the evaluation has computed their intervals."""
    one = results(rule, count)
    shown, full = deciding.metrics(one), deciding.scores_of(one).metrics
    assert {"accuracy", "balanced_accuracy", "macro_f1"} <= shown.keys()
    assert ("loss" in shown) == (rule.temperature != 1)
    for key in shown.keys() - {"accuracy"}:
        assert shown[key]["value"] == pytest.approx(full[key].value), key
    assert shown["accuracy"]["n"] == int(one.sure.sum())


@pytest.mark.parametrize(("temperature", "value"), [(1.0, 0.25), (2.0, None)])
def test_the_loss_of_the_evaluation_is_shown_without_a_temperature(temperature, value):
    one = results(DecisionRule(RULE.thresholds, temperature=temperature))
    document = {"metrics": {"loss": {"value": 0.25}, "top5_accuracy": {"value": 1.0}}}
    shown = deciding.metrics(PartResults("run", CLASSES, "", one.judged, document, rule=one.rule))
    assert (shown["loss"]["value"] == value) == (temperature == 1)
    assert ("top5_accuracy" in shown) == (temperature == 1)


@pytest.mark.parametrize(
    ("stored", "trial", "words"),
    [
        (None, None, ""), (PLAIN, None, ""), (PLAIN, PLAIN, ""), (RULE, PLAIN, "Without thresholds · not saved"),
        (RULE, None, "With bees from 0.30"), (None, RULE, "With bees from 0.30 · not saved"),
    ],
)  # fmt: skip
def test_the_line_names_the_rule_in_use_and_whether_it_is_saved(stored, trial, words):
    run = replace(states.run(), decision=stored, trial=trial)
    assert deciding.line(run, results(deciding.rule_of(run))) == words
    assert deciding.line(None, results()) == deciding.line(run, None) == ""
