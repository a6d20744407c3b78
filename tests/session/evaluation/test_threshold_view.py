"""Curves, operating point, rugs and words of the threshold card."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from studio.evaluate.intervals import wilson
from studio.evaluate.probabilities import decisions, thresholds
from studio.events import JudgedPart
from studio.formatting.numbers import NARROW
from studio.session.evaluation import threshold_view
from studio.session.part_results import PartResults
from studio.spec.decision import PLAIN, ClassThreshold, DecisionRule
from studio.spec.structs import replace

CLASSES = ("ants", "bees")
AT = DecisionRule((ClassThreshold("bees", 0.7),))


def results(rule: DecisionRule = PLAIN, count: int = 80, split: str = "val") -> PartResults:
    random = np.random.default_rng(2)
    labels = np.arange(count) % 2
    bees = 1 / (1 + np.exp(-random.normal(size=count) - 2 * (2 * labels - 1)))
    shares = np.stack([1 - bees, bees], axis=1).astype(np.float32)
    names = tuple(f"{number}.jpg" for number in range(count))
    return PartResults("run", CLASSES, "", JudgedPart(split, 3, "", names, names, labels, shares), rule=rule)


@pytest.mark.parametrize("rule", [PLAIN, AT, DecisionRule(AT.thresholds, least_confidence=0.8)])
def test_the_curves_equal_those_of_scikit_learn(rule):
    one = results(rule)
    truth, called = one.judged.truth == 1, (one.predicted == 1) & one.sure
    rows = {row.name: row.text for row in threshold_view.rows_of_class(one, 1, threshold_view.curve(one, 1))}
    precision, recall = precision_score(truth, called), recall_score(truth, called)
    assert (rows["precision"], rows["recall"]) == (f"{precision:.3f}", f"{recall:.3f}")
    ends = {row.name: row.interval for row in threshold_view.rows_of_class(one, 1, threshold_view.curve(one, 1))}
    right = int((called & truth).sum())
    for name, total in (("precision", int(called.sum())), ("recall", int(truth.sum()))):
        low, high = wilson(right, total)
        assert ends[name] == f"{low:.3f} – {high:.3f}"
    assert ends["F1"] != ends["found"] == ""
    shares = one.judged.predicted[:, 1]
    assert rows["AP"] == f"{average_precision_score(truth, shares):.3f}"
    assert rows["AUC"] == f"{roc_auc_score(truth, shares):.3f}"
    assert float(ends["AUC"][:5]) < float(rows["AUC"]) < float(ends["AUC"][-5:])
    assert float(ends["AP"][:5]) < float(rows["AP"]) < float(ends["AP"][-5:])
    assert int(rows["found"]) + int(rows["missed"]) == 40
    assert int(rows["false alarms"]) == int((called & ~truth).sum())
    points = threshold_view.curve(one, 1)
    assert threshold_view.plot("pr", one, 1, points).point == pytest.approx((recall, precision))
    roc = threshold_view.plot("roc", one, 1, points)
    assert roc.point == pytest.approx(((called & ~truth).sum() / 40, recall))
    coverage = threshold_view.plot("coverage", one, 1, points)
    assert coverage.point[0] == pytest.approx(one.sure.mean())
    for kind in threshold_view.TITLES:
        shown = threshold_view.plot(kind, one, 1, points)
        assert shown.sentence
        assert len(shown.table().splitlines()) == len(shown.x) + 1


def test_an_operating_point_lies_on_its_curve():
    one = results(AT)
    recall, precision, false = threshold_view.operating_point(one, 1)
    points = threshold_view.curve(one, 1)
    place = int(np.searchsorted(-points.thresholds, -0.7, side="right")) - 1
    assert (points.recall[place], points.precision[place]) == pytest.approx((recall, precision))
    assert points.false_positive_rate[place] == pytest.approx(false)


def test_a_class_without_photos_has_no_threshold_figures():
    one = results(count=0)
    for kind in threshold_view.TITLES:
        assert len(threshold_view.plot(kind, one, 1, threshold_view.curve(one, 1)).table())
    rows = {row.name: row.text for row in threshold_view.rows_of_class(one, 1, threshold_view.curve(one, 1))}
    assert rows["AUC"] == rows["precision"] == rows["F1"] == "–"
    assert not any(row.interval for row in threshold_view.rows_of_class(one, 1, threshold_view.curve(one, 1)))
    assert threshold_view.first_class(one) in (0, 1)


def test_the_most_confident_photos_are_answered_first():
    shares = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]], np.float32)
    names = tuple(f"{number}.jpg" for number in range(4))
    judged = JudgedPart("val", 3, "", names, names, np.array([0, 0, 1, 1]), shares)
    for rows, x, y in ((4, [0.25, 0.5, 0.75, 1], [0, 0.5, 1 / 3, 0.25]), (2, [0.5, 1], [0, 0.5]), (1, [1], [0])):
        part = JudgedPart("val", 3, "", names[:rows], names[:rows], judged.truth[:rows], shares[:rows])
        one = PartResults("run", CLASSES, "", part)
        shown = threshold_view.plot("coverage", one, 1, threshold_view.curve(one, 1))
        assert (list(shown.x), list(shown.y)) == (x, pytest.approx(y))
    rule = DecisionRule(least_confidence=0.65)
    shown = threshold_view.plot("coverage", PartResults("run", CLASSES, "", judged, rule=rule), 1, None)
    assert shown.point == pytest.approx((0.75, 1 / 3))
    assert shown.sentence == f"75.0{NARROW}% answered, 33.3{NARROW}% of these wrong."


def test_a_curve_is_that_of_its_photos_and_class():
    one, few = results(), results(count=40)
    for part, label in ((one, 1), (one, 0), (few, 0), (one, 0), (one, 1)):
        truth = part.judged.truth == label
        made = thresholds.curve(part.answers.probabilities[:, label], truth)
        assert np.array_equal(threshold_view.curve(part, label).recall, made.recall)
        assert np.array_equal(threshold_view.curve(part, label).thresholds, made.thresholds)
    assert threshold_view.curve(one, 1) is threshold_view.curve(one, 1), "computed once"


@pytest.mark.parametrize(("each", "fair"), [(1, False), (2, True), (5, True)])
def test_a_cross_fit_needs_two_photos_of_each_class(each, fair):
    rule = DecisionRule((ClassThreshold("bees", 0.7, "recall=0.9"),))
    text, caution = threshold_view.fair_words(results(rule, count=2 * each), rule, 1)
    assert caution
    assert ("Cross-fit" in text) == fair
    assert ("too few for a cross-fit" in text) != fair


def test_rugs_have_every_photo_or_the_wrong_ones_first(monkeypatch):
    one = results(AT)
    rugs = threshold_view.rugs(one, 1)
    assert (len(rugs.own), len(rugs.others)) == (40, 40)
    assert rugs.own_wrong.sum() == (rugs.own < 0.7).sum()
    assert rugs.others_wrong.sum() == (rugs.others >= 0.7).sum()
    monkeypatch.setattr(threshold_view, "MOST_TICKS", 20)
    few = threshold_view.rugs(one, 1)
    assert 10 < len(few.own) < 40
    assert {*few.own} <= {*rugs.own}
    assert len({*few.own}) == len(few.own), "no photo twice"
    assert len({*few.others}) == len(few.others)
    assert few.own_wrong.sum() == min(rugs.own_wrong.sum(), 10) or few.own_wrong.sum() >= 10


def test_the_words_say_how_the_threshold_figures_were_estimated():
    assert threshold_view.fair_words(results(), PLAIN, 1)[1] is False
    text, caution = threshold_view.fair_words(results(AT), AT, 1)
    assert caution
    assert "by hand" in text
    rule = DecisionRule((ClassThreshold("bees", 0.7, "recall=0.9"),))
    text, caution = threshold_view.fair_words(results(rule), rule, 1)
    assert caution
    assert "Cross-fit, 5 folds" in text
    text, caution = threshold_view.fair_words(results(rule, split="test"), rule, 1)
    assert not caution
    assert "fair" in text
    assert threshold_view.criterion("cost", [1, 5]) == "cost=1:5"
    assert threshold_view.criterion("f1", []) == "f1"


def test_the_class_with_the_lowest_f1_is_shown_first():
    assert threshold_view.first_class(results(DecisionRule((ClassThreshold("ants", 0.5),)))) == 0
    worst = results(DecisionRule((ClassThreshold("no such class", 0.5),)))
    assert threshold_view.first_class(worst) in (0, 1)


def test_the_cross_fit_states_the_result_on_photos_that_the_rule_was_not_chosen_on():
    for rule, answered in (
        (DecisionRule((ClassThreshold("bees", 0.7, "recall=0.9"),)), False),
        (DecisionRule((ClassThreshold("bees", 0.7, "recall=0.9"),), least_confidence=0.8), True),
    ):
        one = results(rule, count=81)
        answers, folds = decisions.cross_fitted(rule, one.judged.truth, one.judged.predicted, CLASSES)
        called = (answers.labels == 1) & answers.sure
        truth = one.judged.truth == 1
        text, _ = threshold_view.fair_words(one, rule, 1)
        right = int((called & truth).sum())
        assert f"{folds} folds: precision {right / called.sum():.3f}, recall {right / 40:.3f}" in text
        assert ("answered" in text) == answered
        assert not answered or f"{100 * answers.sure.mean():.1f}{NARROW}% answered." in text


def test_the_coverage_in_words():
    assert threshold_view.coverage_words(results()) == "all photos are answered"
    one = results(DecisionRule(least_confidence=0.8))
    right = int((one.sure & (one.predicted == one.judged.truth)).sum()) / int(one.sure.sum())
    assert threshold_view.coverage_words(one) == (
        f"{100 * one.sure.mean():.1f}{NARROW}% answered, {100 * right:.1f}{NARROW}% of these right"
    )
    none = results(DecisionRule(least_confidence=0.8), count=1)
    assert threshold_view.coverage_words(none) in (
        "all photos are answered",
        f"0.0{NARROW}% answered, – of these right",
    )


def test_the_curve_of_a_class_that_is_never_answered():
    shares = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]], np.float32)
    names = ("1", "2", "3")
    one = PartResults("run", CLASSES, "", JudgedPart("val", 3, "", names, names, np.array([0, 0, 1]), shares))
    assert threshold_view.operating_point(one, 1) == (0.0, 1.0, 0.0)
    assert threshold_view.operating_point(one, 0) == (1.0, pytest.approx(2 / 3), 1.0)
    rows = {row.name: row.text for row in threshold_view.rows_of_class(one, 1, threshold_view.curve(one, 1))}
    assert (rows["precision"], rows["recall"], rows["missed"], rows["false alarms"]) == ("–", "0.000", "1", "0")
    alone = PartResults("run", CLASSES, "", JudgedPart("val", 3, "", names, names, np.zeros(3, int), shares))
    rows = {row.name: row.text for row in threshold_view.rows_of_class(alone, 0, threshold_view.curve(alone, 0))}
    assert rows["AUC"] == "–", "no other photos"


def test_the_worst_class_with_photos_is_shown_first():
    names = tuple(str(number) for number in range(6))
    truth = np.array([0, 0, 0, 1, 1, 1])
    for guesses, first in (([0, 0, 0, 1, 1, 0], 1), ([1, 0, 0, 1, 1, 1], 0), ([0, 0, 1, 1, 0, 0], 1)):
        shares = np.eye(3, dtype=np.float32)[guesses]
        judged = JudgedPart("val", 3, "", names, names, truth, shares)
        assert threshold_view.first_class(PartResults("run", (*CLASSES, "cats"), "", judged)) == first


def test_the_coverage_of_two_photos():
    shares = np.array([[0.9, 0.1], [0.6, 0.4]], np.float32)
    judged = JudgedPart("val", 3, "", ("1", "2"), ("1", "2"), np.array([0, 0]), shares)
    one = PartResults("run", CLASSES, "", judged, rule=DecisionRule(least_confidence=0.8))
    assert threshold_view.coverage_words(one) == f"50.0{NARROW}% answered, 100.0{NARROW}% of these right"
    wrong = replace(one, judged=replace(judged, truth=np.array([1, 0])))
    assert threshold_view.coverage_words(wrong) == f"50.0{NARROW}% answered, 0.0{NARROW}% of these right"


def test_rugs_distinguish_the_photos_of_a_class_from_others():
    one = results(AT, count=81)
    rugs = threshold_view.rugs(one, 1)
    assert (len(rugs.own), len(rugs.others)) == (40, 41)
    shares, truth = one.judged.predicted[:, 1], one.judged.truth
    assert rugs.own.tolist() == pytest.approx(shares[truth == 1].tolist())
    assert rugs.others_wrong.tolist() == (shares[truth == 0] >= 0.7).tolist()


def test_the_reliability_curve_goes_through_its_marks():
    shown = threshold_view.plot("reliability", one := results(), 1, threshold_view.curve(one, 1))
    assert list(zip(shown.x, shown.y, strict=True)) == list(shown.marks)
    assert all(0.5 <= confidence <= 1 for confidence, _ in shown.marks)
    assert any(confidence != accuracy for confidence, accuracy in shown.marks)
