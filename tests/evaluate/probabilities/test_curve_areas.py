from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn import metrics

from studio.evaluate.intervals import UNKNOWN, Z95, wilson, wilson_of_share
from studio.evaluate.probabilities import curve_areas, thresholds


@pytest.mark.parametrize("distance", [0.0, 1.0, 2.0])
def test_both_areas_equal_scikit_learns_within_their_intervals(distance: float) -> None:
    random = np.random.default_rng(4)
    positive = np.arange(60) < 15
    scores = np.round(random.normal(0, 1, 60) + distance * positive, 1)
    points = thresholds.curve(scores, positive)
    area, average = curve_areas.roc_area(points), curve_areas.average_precision(points)
    assert area.value == pytest.approx(metrics.roc_auc_score(positive, scores))
    assert average.value == pytest.approx(metrics.average_precision_score(positive, scores))
    assert 0 < area.low < area.value < area.high < 1
    assert 0 < average.low < average.value < average.high < 1
    assert (area.n, average.n) == (60, 15)


def test_the_ends_of_newcombes_interval_solve_its_equation() -> None:
    points = thresholds.curve(np.array([0.9, 0.7, 0.6, 0.5, 0.4, 0.2]), np.array([1, 1, 0, 1, 0, 0], bool))
    area = curve_areas.roc_area(points)
    assert area.value == pytest.approx(8 / 9)
    for end in (area.low, area.high):
        variance = end * (1 - end) / 9 * (1 + 2 * ((1 - end) / (2 - end) + end / (1 + end)))
        assert (area.value - end) ** 2 == pytest.approx(Z95**2 * variance)


@pytest.mark.parametrize(("count", "highest"), [(1, 1), (5, 20), (300, 300)])
def test_a_ranking_without_errors_has_no_interval_of_a_point(count: int, highest: int) -> None:
    positive = np.arange(count + highest) < count
    points = thresholds.curve(np.where(positive, 0.9, 0.1), positive)
    for one in (curve_areas.roc_area(points), curve_areas.average_precision(points)):
        assert (one.value, one.high) == (1.0, 1.0)
        assert 0 <= one.low < 1
    assert curve_areas.average_precision(points).low == pytest.approx(wilson(count, count)[0])
    worst = curve_areas.roc_area(thresholds.curve(np.where(positive, 0.1, 0.9), positive))
    assert (worst.value, worst.low) == (0.0, 0.0)
    assert worst.high == pytest.approx(1 - curve_areas.roc_area(points).low)


@pytest.mark.parametrize("positive", [[True, True], [False, False], []])
def test_one_kind_of_photos_has_no_roc_area(positive: list[bool]) -> None:
    points = thresholds.curve(np.linspace(0.2, 0.8, len(positive)), np.array(positive, bool))
    area = curve_areas.roc_area(points)
    assert math.isnan(area.value)
    assert not area.is_known
    assert curve_areas.average_precision(points).is_known == any(positive)


def test_small_and_large_areas_have_ends_beyond_a_hundredth() -> None:
    others = np.arange(300)
    for place in (1, 299):
        scores = np.concatenate([others, others[place : place + 1] - 0.5])
        points = thresholds.curve(scores, np.arange(301) == 300)
        found = curve_areas.roc_area(points)
        spread = lambda t: 1 + 299 / 2 * ((1 - t) / (2 - t) + t / (1 + t))  # noqa: E731
        for end in (found.low, found.high):
            assert (found.value - end) ** 2 == pytest.approx(Z95**2 * end * (1 - end) * spread(end) / 300, rel=1e-6)
        assert found.low < found.value < found.high
        assert found.n == 301


def test_a_class_without_photos_has_an_average_precision_of_no_photos() -> None:
    found = curve_areas.average_precision(thresholds.curve(np.arange(4.0), np.zeros(4, bool)))
    assert math.isnan(found.value)
    assert (found.n, found.method) == (0, UNKNOWN)


@pytest.mark.parametrize(("value", "share"), [(1.000001, 1.0), (1.0, 1.0), (0.8, 0.8)])
def test_a_sum_of_steps_that_was_rounded_above_one_has_the_interval_of_one(value: float, share: float) -> None:
    found = curve_areas.average_precision(SimpleNamespace(average_precision=value, positives=5))
    assert (found.low, found.high) == wilson_of_share(share, 5)
    assert (found.value, found.n, found.method) == (value, 5, curve_areas.WILSON_AP)
