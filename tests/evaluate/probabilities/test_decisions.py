"""Decision rules: which class is answered, which photos are not, and how a rule is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score

from studio.evaluate.documents import decision
from studio.evaluate.probabilities import calibration, decisions, thresholds
from studio.evaluate.probabilities.decisions import UnmetRuleError, answers, cross_fitted, fitted
from studio.events import JudgedPart
from studio.spec.decision import ClassThreshold, DecisionRule

TWO, THREE = ("ants", "bees"), ("ants", "bees", "cats")


def rule(*thresholds: tuple[str, float], **others: object) -> DecisionRule:
    return DecisionRule(tuple(ClassThreshold(name, value) for name, value in thresholds), **others)


def drawn(count: int = 300, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities that are right in most cases."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    scores = random.normal(size=(count, classes)) + 1.5 * np.eye(classes)[labels]
    shares = np.exp(scores)
    return labels, shares / shares.sum(axis=1, keepdims=True)


def test_without_thresholds_the_most_probable_class_is_the_answer():
    _, shares = drawn()
    result = answers(shares, DecisionRule(), THREE)
    assert (result.labels == shares.argmax(axis=1)).all()
    assert result.sure.all()
    assert result.probabilities is shares
    assert DecisionRule().is_plain
    nothing = answers(np.zeros((0, 3)), rule(("ants", 0.5), least_confidence=0.5), THREE)
    assert (len(nothing.labels), len(nothing.sure)) == (0, 0)


@pytest.mark.parametrize(
    ("chosen", "shares", "label", "sure"),
    [
        (rule(("bees", 0.79)), (0.3, 0.7), 0, True),  # below the threshold: the other class
        (rule(("bees", 0.79)), (0.21, 0.79), 1, True),  # exactly at it
        (rule(("bees", 0.2)), (0.75, 0.25), 1, True),
        (rule(("ants", 0.9), ("bees", 0.9)), (0.6, 0.4), 0, False),  # neither is reached
        (rule(("ants", 0.2), ("bees", 0.2)), (0.6, 0.4), 0, True),  # both: the more probable
        (rule(("bees", 0.3), least_confidence=0.7), (0.6, 0.4), 1, False),
        (rule(least_confidence=0.6), (0.6, 0.4), 0, True),
        (rule(("bees", 0.0)), (1.0, 0.0), 1, True),
        (rule(("wasps", 0.5)), (0.6, 0.4), 0, True),  # a class that the run does not have
    ],
)
def test_the_answer_for_one_photo(chosen, shares, label, sure):
    assert decisions.answer(np.array(shares), chosen, TWO) == (label, sure)


def test_a_class_without_a_threshold_competes_with_the_others():
    shares = np.array([[0.5, 0.3, 0.2], [0.45, 0.3, 0.25]])
    result = answers(shares, rule(("ants", 0.48)), THREE)
    assert result.labels.tolist() == [0, 1]
    assert result.sure.all()


@pytest.mark.parametrize("name", ["recall=0.9", "precision=0.9"])
def test_a_chosen_threshold_meets_its_rule_by_scikit_learn(name):
    labels, shares = drawn(classes=2)
    chosen = fitted(DecisionRule((ClassThreshold("bees", 0, name),)), labels, shares, TWO)
    guesses = answers(shares, chosen, TWO).labels
    score = recall_score if name.startswith("recall") else precision_score
    assert score(labels, guesses) >= 0.9
    # One photo further, the rule is not met (recall), or nothing is gained (precision).
    value = chosen.thresholds[0].value
    above = np.sort(shares[:, 1][shares[:, 1] >= value])
    if name.startswith("recall"):
        assert recall_score(labels, shares[:, 1] > above[0]) < 0.9 or labels[shares[:, 1] == above[0]][0] == 0
    assert not (np.abs(shares[:, 1] - value) < 1e-9).any()  # rounding of stored probabilities changes no answer


def test_a_fitted_temperature_is_that_of_a_logistic_regression():
    labels, shares = drawn(2000, 2)
    sharp = calibration.scaled(shares, 0.4)
    chosen = fitted(DecisionRule(temperature_fitted=True), labels, sharp, TWO)
    margin = np.log(sharp[:, 1] / sharp[:, 0])[:, None]
    slope = LogisticRegression(C=1e9, fit_intercept=False).fit(margin, labels).coef_[0, 0]
    assert chosen.temperature == pytest.approx(1 / slope, rel=1e-3)
    assert answers(sharp, chosen, TWO).probabilities == pytest.approx(calibration.scaled(sharp, chosen.temperature))


@pytest.mark.parametrize("coverage", [1.0, 0.9, 0.5, 0.0])
def test_the_coverage_is_met(coverage):
    labels, shares = drawn(200)
    chosen = fitted(DecisionRule(coverage=coverage), labels, shares, THREE)
    sure = answers(shares, chosen, THREE).sure.mean()
    assert sure == pytest.approx(max(coverage, 1 / 200), abs=1e-9)
    ties = np.tile([0.6, 0.4], (10, 1))  # equally confident photos are answered together
    assert answers(ties, fitted(DecisionRule(coverage=0.5), np.zeros(10, int), ties, TWO), TWO).sure.all()


def test_a_threshold_rule_that_cannot_be_met_is_named():
    labels, shares = np.array([0, 1, 0]), np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]])
    with pytest.raises(UnmetRuleError, match="precision at least 0\\.9"):
        fitted(DecisionRule((ClassThreshold("bees", 0, "precision=0.9"),)), labels, shares, TWO)
    with pytest.raises(UnmetRuleError, match="no photos of “cats”"):
        fitted(DecisionRule((ClassThreshold("cats", 0, "f1"),)), labels, np.ones((3, 3)) / 3, THREE)


def test_cross_fit_judges_photos_by_rules_of_other_photos():
    labels, shares = drawn(60, 2, seed=3)
    wanted = DecisionRule((ClassThreshold("bees", 0, "precision=0.95"),), temperature_fitted=True, coverage=0.8)
    chosen = fitted(wanted, labels, shares, TWO)
    result, count = cross_fitted(chosen, labels, shares, TWO)
    assert count == 5
    own = answers(shares, chosen, TWO)
    # The rule is met on its own photos, but that does not hold for other photos.
    called = own.labels == 1
    assert (labels[called] == 1).mean() >= 0.95
    assert (result.labels != own.labels).any()
    by_hand, count = cross_fitted(rule(("bees", 0.7)), labels, shares, TWO)
    assert count == 1
    assert (by_hand.labels == answers(shares, rule(("bees", 0.7)), TWO).labels).all()


@pytest.mark.parametrize("text", ["best", "recall=much", "cost=1", "precision=0"])
def test_an_unknown_rule_is_named_and_its_threshold_is_used(text):
    labels, shares = drawn(60, 2, seed=3)
    edited = DecisionRule((ClassThreshold("bees", 0.7, text),))
    with pytest.raises(UnmetRuleError, match=f"“{text}” is not a rule for the threshold of “bees”"):
        fitted(edited, labels, shares, TWO)
    result, _ = cross_fitted(edited, labels, shares, TWO)
    assert (result.labels == answers(shares, rule(("bees", 0.7)), TWO).labels).all()


def test_the_document_counts_photos_without_an_answer_as_missed():
    labels = np.array([0, 0, 1, 1])
    shares = np.array([[0.9, 0.1], [0.55, 0.45], [0.2, 0.8], [0.6, 0.4]], np.float32)
    part = JudgedPart("test", 1, "", ("a", "b", "c", "d"), ("",) * 4, labels, shares)
    document = decision.document(part, rule(least_confidence=0.58), TWO)
    assert document["judged_by"] == "other photos"
    assert document["answered"]["value"] == 0.75
    assert document["accuracy"]["value"] == pytest.approx(2 / 3)
    assert document["confusion"] == {"classes": ["ants", "bees"], "counts": [[1, 0], [1, 1]]}
    assert document["metrics"]["balanced_accuracy"]["value"] == 0.5
    assert document["metrics"]["macro_f1"]["value"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert [row["f1"]["value"] for row in document["per_class"]] == pytest.approx([1 / 2, 2 / 3])
    for one in (document["metrics"]["macro_f1"], *(row["f1"] for row in document["per_class"])):
        assert 0 <= one["low"] < one["value"] < one["high"] <= 1
        assert one["n"] in (2, 4)
    ants, bees = document["per_class"]
    assert (ants["recall"]["value"], ants["unanswered"], ants["precision"]["value"]) == (0.5, 1, 0.5)
    assert (bees["recall"]["value"], bees["unanswered"], bees["precision"]["value"]) == (0.5, 0, 1.0)


def test_a_fold_in_which_a_rule_cannot_be_met_keeps_the_threshold_of_all() -> None:
    labels, shares = drawn(60, 2)
    shares[:, 1] = np.where(labels == 1, shares[:, 1] * 0.4, shares[:, 1])
    shares[np.flatnonzero(labels == 1)[0], 1] = 0.99
    shares[:, 0] = 1 - shares[:, 1]
    chosen = DecisionRule((ClassThreshold("bees", 0.985, "precision=1"),))
    result, folds = cross_fitted(chosen, labels, shares, TWO)
    assert folds == 5
    assert len(result.labels) == 60


def test_answers_for_the_photos_that_a_rule_was_chosen_on_are_cross_fitted() -> None:
    labels, shares = drawn(60, 2)
    photos = JudgedPart("val", 1, "", tuple(map(str, range(60))), ("",) * 60, labels, shares)
    own = decision.document(photos, DecisionRule((ClassThreshold("bees", 0.5, "f1"),)), TWO)
    assert own["judged_by"] == "cross-fit, 5 folds"
    by_hand = decision.document(photos, rule(("bees", 0.5)), TWO)
    assert by_hand["judged_by"] == "the photos that it was chosen on"


def test_each_fold_is_answered_by_the_rule_of_the_other_folds():
    labels, shares = drawn(60, 2, seed=3)
    wanted = DecisionRule((ClassThreshold("bees", 0, "f1"),), temperature_fitted=True)
    chosen = fitted(wanted, labels, shares, TWO)
    result, count = cross_fitted(chosen, labels, shares, TWO)
    places = thresholds.folds(labels, thresholds.FOLDS)
    for fold in range(count):
        inside = places == fold
        one = answers(shares[inside], fitted(chosen, labels[~inside], shares[~inside], TWO), TWO)
        assert result.labels[inside].tolist() == one.labels.tolist()
        assert result.probabilities[inside].tolist() == one.probabilities.tolist()


@pytest.mark.parametrize(
    ("share", "least"), [(0.0, 0.0), (0.24, 0.0), (0.25, 0.3), (0.5, 0.5), (0.75, 0.7), (1.0, 0.7)]
)
def test_the_least_confidence_lies_halfway_to_the_next_lower_one(share: float, least: float) -> None:
    assert decisions._quantile(np.array([0.2, 0.4, 0.6, 0.8]), share) == pytest.approx(least)
    assert decisions._quantile(np.array([0.4, 0.4, 0.4, 0.4]), share) == 0.0


@pytest.mark.parametrize(("rarest", "folds"), [(1, 1), (2, 2), (3, 3), (7, 5)])
def test_answers_are_by_as_many_folds_as_the_rarest_class_has_photos(rarest: int, folds: int) -> None:
    labels = np.array([0] * 8 + [1] * rarest)
    shares = np.random.default_rng(0).dirichlet(np.ones(2), len(labels))
    rule = DecisionRule(chosen_on="val", coverage=0.5)
    found, count = decisions.cross_fitted(rule, labels, shares, ("a", "b"))
    assert count == folds
    assert len(found.labels) == len(labels)
    assert decisions.cross_fitted(DecisionRule(chosen_on="val"), labels, shares, ("a", "b"))[1] == 1
