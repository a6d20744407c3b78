from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from studio.evaluate.intervals import wilson
from studio.evaluate.probabilities import thresholds


def photos(count: int = 200, seed: int = 0, ties: bool = False) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    random = np.random.default_rng(seed)
    positive = random.random(count) < 0.3
    scores = np.clip(random.normal(0.4, 0.2, count) + 0.25 * positive, 0, 1)
    return np.round(scores, 1) if ties else scores, positive


@pytest.mark.parametrize("ties", [False, True])
def test_curves_equal_those_of_scikit_learn(ties: bool) -> None:
    scores, positive = photos(ties=ties)
    found = thresholds.curve(scores, positive)
    rates, recalls, steps = metrics.roc_curve(positive, scores, drop_intermediate=False)
    assert found.false_positive_rate == pytest.approx(rates)
    assert found.recall == pytest.approx(recalls)
    assert found.thresholds.tolist() == steps.tolist()
    assert found.area == pytest.approx(metrics.roc_auc_score(positive, scores))
    assert found.average_precision == pytest.approx(metrics.average_precision_score(positive, scores))
    precisions, _, _ = metrics.precision_recall_curve(positive, scores)
    assert found.precision == pytest.approx(precisions[::-1][: len(found.precision)])


@pytest.mark.parametrize("seed", range(5))
def test_rules_choose_the_best_of_all_thresholds(seed: int) -> None:
    scores, positive = photos(60, seed, ties=seed % 2 == 0)
    found = thresholds.curve(scores, positive)
    every = [math.inf, *np.unique(scores)[::-1]]

    def numbers(threshold: float) -> tuple[int, int, int]:
        above = scores >= threshold
        return int((above & positive).sum()), int((above & ~positive).sum()), int((~above & positive).sum())

    f1 = {one: 2 * hit / max(1, 2 * hit + false + miss) for one in every for hit, false, miss in [numbers(one)]}
    assert f1[thresholds.best_f1(found)] == max(f1.values())
    recalled = [one for one in every if numbers(one)[0] >= 0.9 * positive.sum()]
    assert thresholds.recall_at_least(0.9)(found) == max(recalled)
    precise = [one for one in every if (hit := numbers(one)[0]) >= 0.6 * (hit + numbers(one)[1])]
    assert thresholds.precision_at_least(0.6)(found) == min(precise)
    costs = {one: 1.0 * false + 5.0 * miss for one in every for _, false, miss in [numbers(one)]}
    assert costs[thresholds.least_cost(1.0, 5.0)(found)] == min(costs.values())


def test_a_precision_that_no_threshold_reaches() -> None:
    found = thresholds.curve(np.array([0.9, 0.8]), np.array([False, True]))
    assert thresholds.precision_at_least(0.9)(found) == math.inf


def test_cross_fit_of_an_uninformative_score_is_not_optimistic() -> None:
    random = np.random.default_rng(1)
    positive = random.random(200) < 0.5
    noise = random.random(200)  # says nothing about the class
    own = thresholds.curve(noise, positive)
    fitted = thresholds.cross_fitted(noise, positive, thresholds.precision_at_least(0.7))
    assert fitted.folds == 5
    assert own.precision[own.thresholds == fitted.value] >= 0.7
    assert fitted.precision.value < 0.7
    assert fitted.precision.low <= fitted.precision.value <= fitted.precision.high


def test_chosen_on_one_part_and_judged_on_another() -> None:
    first, second = photos(seed=2), photos(seed=3)
    found = thresholds.chosen_elsewhere(first, second, thresholds.best_f1)
    assert found.value == thresholds.best_f1(thresholds.curve(*first))
    above = second[0] >= found.value
    assert found.recall.value == pytest.approx(metrics.recall_score(second[1], above))
    assert found.precision.value == pytest.approx(metrics.precision_score(second[1], above))
    assert found.f1.value == pytest.approx(metrics.f1_score(second[1], above))


@pytest.mark.parametrize("positive", [[True], [False], [True, False], [True, True, True], []])
def test_thresholds_of_parts_with_one_class_or_no_photos(positive: list[bool]) -> None:
    scores = np.linspace(0.2, 0.8, len(positive))
    found = thresholds.cross_fitted(scores, np.array(positive, bool), thresholds.best_f1)
    assert 1 <= found.folds <= 3
    assert 0 <= found.f1.value <= 1
    assert math.isnan(thresholds.curve(scores, np.array(positive, bool)).area) == (len(set(positive)) < 2)


def test_folds_have_equal_shares_of_every_group() -> None:
    groups = np.array([0] * 10 + [1] * 5 + [2] * 7)
    places = thresholds.folds(groups, 5)
    for group in range(3):
        counts = np.bincount(places[groups == group], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert thresholds.folds(np.array([0, 0, 1]), 5).tolist() == [0, 0, 0]


@pytest.mark.parametrize("text", ["f1", "recall=0.9", "precision=0.6", "cost=1:5"])
def test_rules_in_words(text: str) -> None:
    words, rule = thresholds.parse(text)
    assert words
    assert rule(thresholds.curve(*photos())) <= 1


@pytest.mark.parametrize("text", ["", "recall", "recall=0", "precision=2", "cost=1", "cost=-1:2", "cost=1:inf", "f2"])
def test_malformed_rules_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        thresholds.parse(text)


def test_a_class_without_photos_has_no_average_precision() -> None:
    found = thresholds.curve(np.array([0.2, 0.7]), np.array([False, False]))
    assert math.isnan(found.average_precision)
    assert math.isnan(found.area)
    assert found.recall.tolist() == [0, 0, 0]


def test_the_interval_of_f1_is_that_of_the_overlap() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2])
    positive = np.array([True, False, True, True, True, False, False])
    one = thresholds.chosen_elsewhere((scores, positive), (scores, positive), lambda _: 0.5)
    right, either = 3, 5  # called and true, called or true
    low, high = wilson(right, either)
    assert one.f1.value == pytest.approx(2 * 3 / (4 + 4))
    assert (one.f1.low, one.f1.high) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))
    assert (one.precision.value, one.recall.value, one.f1.n) == (0.75, 0.75, 7)
    none = thresholds.chosen_elsewhere((scores, positive), (scores, positive), lambda _: 0.95)
    assert (none.f1.value, none.recall.value) == (0, 0)


def test_a_part_has_no_folds_where_the_threshold_is_from_another_one() -> None:
    assert thresholds.chosen_elsewhere(photos(seed=2), photos(seed=3), thresholds.best_f1).folds == 0
    assert thresholds.cross_fitted(*photos(60), thresholds.best_f1).folds == 5


def test_without_a_photo_of_the_class_that_is_called_f1_is_0() -> None:
    scores, positive = np.array([0.2, 0.4]), np.array([False, False])
    found = thresholds.chosen_elsewhere((scores, positive), (scores, positive), lambda _: 0.5)
    assert (found.f1.value, found.f1.low, found.f1.high) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(("recall", "threshold"), [(0.25, 0.9), (0.26, 0.7), (0.5, 0.7), (0.75, 0.6), (1.0, 0.2)])
def test_a_recall_that_is_reached_exactly_suffices(recall: float, threshold: float) -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.2])
    found = thresholds.curve(scores, np.array([True, False, True, True, False, True]))
    assert thresholds.recall_at_least(recall)(found) == threshold


def test_costs_are_those_of_false_positives_and_missed_photos() -> None:
    found = thresholds.curve(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False]))
    assert thresholds.least_cost(1, 0)(found) == math.inf
    assert thresholds.least_cost(0, 1)(found) == 0.7
    assert thresholds.least_cost(3, 2)(found) == 0.9
    assert thresholds.least_cost(1, 1)(found) == 0.9, "the highest of several"


@pytest.mark.parametrize(("own", "folds"), [(1, 1), (2, 2), (3, 3), (5, 5), (9, 5)])
def test_the_threshold_of_each_fold_is_chosen_on_the_others(own: int, folds: int) -> None:
    seen = []

    def rule(points: thresholds.Curve) -> float:
        seen.append((points.positives, points.negatives))
        return 0.5

    positive = np.arange(20) < own
    found = thresholds.cross_fitted(np.where(positive, 0.5, 0.4), positive, rule)
    assert (found.folds, len(seen)) == (folds, folds + 1)
    assert seen[-1] == (own, 20 - own), "the threshold itself is chosen on all photos"
    if folds > 1:
        assert sum(one for one, _ in seen[:-1]) == own * (folds - 1)
        assert sum(other for _, other in seen[:-1]) == (20 - own) * (folds - 1)
    assert (found.recall.value, found.precision.value) == (1.0, 1.0), "a score at the threshold reaches it"
