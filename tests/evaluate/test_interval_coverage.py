"""Simulations: 95 % intervals contain the true value in 95 ± 1 % of many data sets, and in more where a test says so.

Single metrics and distributions differ by up to 3 %; the means over them are within 1 %.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from studio.evaluate import intervals
from studio.evaluate.compare import comparison, paired_metrics
from studio.evaluate.documents import regression
from studio.evaluate.intervals import Interval
from studio.evaluate.probabilities import curve_areas, scores, thresholds

pytestmark = pytest.mark.slow

SETS = 2000
"""Data sets per simulation: the standard error of a coverage of 95 % is then 0.5 %."""

Random = np.random.Generator


def coverage(draw: Callable[[Random], tuple[Interval, float]], sets: int = SETS, seed: int = 0) -> float:
    """Percentage of data sets whose interval contains the true value."""
    random = np.random.default_rng(seed)
    hits = 0
    for _ in range(sets):
        interval, true = draw(random)
        hits += interval.low <= true <= interval.high
    return 100 * hits / sets


@pytest.mark.parametrize(("fewest", "most"), [(10, 30), (30, 100), (100, 500)])
def test_coverage_of_wilsons_interval_over_all_accuracies(fewest: int, most: int) -> None:
    def draw(random: Random) -> tuple[Interval, float]:
        true, n = random.uniform(0.5, 1), int(random.integers(fewest, most))
        return intervals.of_count(int(random.binomial(n, true)), n), true

    assert coverage(draw, 20_000) == pytest.approx(95, abs=1)


@pytest.mark.parametrize("n", [20, 50, 200])
def test_coverage_of_the_interval_of_a_mean(n: int) -> None:
    def normal(random: Random) -> tuple[Interval, float]:
        return intervals.of_mean(random.normal(3, 1, n), int(random.integers(1 << 30))), 3.0

    def exponential(random: Random) -> tuple[Interval, float]:
        return intervals.of_mean(random.exponential(1, n), int(random.integers(1 << 30))), 1.0

    def uniform(random: Random) -> tuple[Interval, float]:
        return intervals.of_mean(random.uniform(0, 1, n), int(random.integers(1 << 30))), 0.5

    shares = [coverage(draw) for draw in (normal, exponential, uniform)]
    assert sum(shares) / len(shares) == pytest.approx(95, abs=1), shares
    assert shares == [pytest.approx(95, abs=2)] * 3, shares


def test_losses_with_rare_large_ones() -> None:
    """A model that is sure, and in 8 % of all photos surely wrong: about a dozen of 150 photos."""

    def draw(random: Random) -> tuple[Interval, float]:
        wrong = random.random(150) < 0.08
        values = np.where(wrong, random.exponential(2.0, 150), random.exponential(0.06, 150))
        return intervals.of_mean(values, int(random.integers(1 << 30))), 0.08 * 2 + 0.92 * 0.06

    assert coverage(draw) == pytest.approx(95, abs=1.5)


def population(classes: int, accuracy: float, random: Random) -> NDArray[np.float64]:
    """Shares of the cells of a confusion matrix with this accuracy, of unequal classes and errors."""
    matrix = random.dirichlet(np.ones(classes), classes)
    np.fill_diagonal(matrix, 0)
    matrix *= (1 - accuracy) / matrix.sum(axis=1, keepdims=True)
    np.fill_diagonal(matrix, accuracy)
    cells: NDArray[np.float64] = matrix * (random.dirichlet(np.full(classes, 10.0))[:, None])
    return cells


@pytest.mark.parametrize(("classes", "photos"), [(2, 60), (2, 150), (3, 150), (10, 400)])
def test_averages_over_classes(classes: int, photos: int) -> None:
    random = np.random.default_rng(1)
    hits: dict[str, int] = {}
    for seed in range(1000):
        cells = population(classes, random.uniform(0.7, 0.95), random)
        true = scores._averages(*(part * 1e9 for part in scores._margins(cells)))
        matrix = random.multinomial(photos, cells.ravel()).reshape(classes, classes)
        for name, one in scores.averages(matrix, seed).items():
            hits[name] = hits.get(name, 0) + (one.low <= float(true[name][0]) <= one.high)
    shares = {name: 100 * count / 1000 for name, count in hits.items()}
    assert min(shares.values()) > 92, shares
    assert sum(shares.values()) / len(shares) == pytest.approx(95, abs=1), shares


@pytest.mark.parametrize("excess", [0.0, 0.1, 0.3])
def test_the_calibration_error_is_covered_at_least_as_often(excess: float) -> None:
    def photos(n: int, random: Random) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        confidence = random.beta(6, 1, n) / 2 + 0.5
        right = random.random(n) < 0.5 + (confidence - 0.5) * (1 - excess)
        return np.where(right, 0, 1), np.stack([confidence, 1 - confidence], axis=1)

    whole = photos(2_000_000, np.random.default_rng(9))
    true = scores.error_of(scores.reliability(*whole)) if excess else 0.0

    def draw(random: Random) -> tuple[Interval, float]:
        return scores.calibration_error(*photos(150, random), int(random.integers(1 << 30))), true

    assert coverage(draw, 500) >= 94


@pytest.mark.parametrize("photos", [50, 150])
def test_paired_differences(photos: int) -> None:
    def draw(random: Random) -> tuple[Interval, float]:
        right, fixed, broken, wrong = random.dirichlet([8, 2, 2, 2])
        counts = random.multinomial(photos, [fixed, broken, wrong, right])
        return comparison.accuracy_difference(tuple(counts.tolist())), fixed - broken

    assert coverage(draw, 20_000) == pytest.approx(95, abs=1)


@pytest.mark.parametrize("photos", [60, 150])
def test_f1_of_a_class(photos: int) -> None:
    def draw(random: Random) -> tuple[Interval, float]:
        hit, false, missed, other = random.dirichlet([6, 1.5, 1.5, 6])
        counts = random.multinomial(photos, [other, false, missed, hit])
        rows = scores.per_class(counts.reshape(2, 2), ("other", "class"))
        return rows[1].f1, 2 * hit / (2 * hit + false + missed)

    assert coverage(draw, 20_000) == pytest.approx(95, abs=1)


@pytest.mark.parametrize("key", ["rmse", "r2"])
def test_coverage_of_the_intervals_of_rmse_and_r2(key: str) -> None:
    def draw(random: Random) -> tuple[Interval, float]:
        truth = random.normal(0, 2, 60)
        values = regression.metrics(truth, truth + random.normal(0, 1, 60))
        return values[key], {"rmse": 1.0, "r2": 0.75}[key]

    assert coverage(draw, 1000) == pytest.approx(95, abs=1.5)


def test_any_statistic_by_bca() -> None:
    def draw(random: Random) -> tuple[Interval, float]:
        values = random.exponential(1, 60)
        return intervals.of_statistic(lambda rows: np.median(values[rows], axis=1), 60), float(np.log(2))

    assert coverage(draw, 1000) == pytest.approx(95, abs=2)


@pytest.mark.parametrize(("n", "classes", "right"), [(60, 3, (0.8, 0.85)), (60, 2, (0.9, 0.93))])
def test_paired_differences_of_averages(n: int, classes: int, right: tuple[float, float]) -> None:
    """Two runs that are wrong about much the same photos."""
    shares = np.array([0.5, 0.3, 0.2][:classes]) / sum([0.5, 0.3, 0.2][:classes])

    def photos(random: Random, count: int) -> tuple[NDArray[np.int64], ...]:
        truth = random.choice(classes, count, p=shares)
        hard = random.random(count)
        other = np.clip(hard + random.normal(0, 0.1, count), 0, 1)
        guesses = [(truth + random.integers(1, classes, count)) % classes for _ in right]
        return truth, np.where(hard < right[0], truth, guesses[0]), np.where(other < right[1], truth, guesses[1])

    def of(rows: tuple[NDArray[np.int64], ...]) -> dict[str, paired_metrics.PairedMetric]:
        zeros = np.zeros(len(rows[0]))
        return paired_metrics.of_classes(rows[0], (rows[1], rows[2]), (zeros, zeros), classes)

    truth, first, second = photos(np.random.default_rng(1), 200_000)
    for key, score in (("balanced_accuracy", metrics.recall_score), ("macro_f1", metrics.f1_score)):
        true = score(truth, second, average="macro") - score(truth, first, average="macro")

        def draw(random: Random, key: str = key, true: float = true) -> tuple[Interval, float]:
            return of(photos(random, n))[key].difference, true

        assert coverage(draw, 200) == pytest.approx(95.5, abs=3.5), key


@pytest.mark.parametrize(
    ("n", "share", "worse", "least"),
    [(50, 0.12, 0.8, 93), (50, 0.25, 0.8, 93), (50, 0.06, 0.5, 94), (150, 0.06, 0.9, 92), (150, 0.12, 0.8, 94)],
)
def test_differences_of_losses(n: int, share: float, worse: float, least: float) -> None:
    """Most photos hardly differ; a share of them differs much, and most of these are worse."""

    def draw(random: Random) -> tuple[Interval, float]:
        large = random.random(n) < share
        signs = np.where(random.random(n) < worse, 1, -1)
        values = random.normal(0, 0.05, n) + np.where(large, signs * random.exponential(2.0, n), 0)
        steps = intervals.difference_steps(values, int(random.integers(1 << 30)))
        return intervals.completed(steps), share * 2 * (2 * worse - 1)

    assert coverage(draw) >= least


def test_few_photos_with_a_rare_large_difference_cause_a_warning() -> None:
    """Of 50 photos, three differ much on average, and often none or one: no interval knows how much others would."""

    def draw(random: Random) -> tuple[Interval, float]:
        large = np.where(random.random(50) < 0.06, random.exponential(2.0, 50), 0)
        steps = intervals.difference_steps(random.normal(0, 0.05, 50) + large, int(random.integers(1 << 30)))
        interval = intervals.completed(steps)
        assert "outside the interval in more than 5 of 100 cases" in comparison.few_words(interval)
        return interval, 0.12

    assert 80 < coverage(draw) < 93


@pytest.mark.parametrize(("distance", "own", "others"), [(0.5, 10, 90), (1.5, 20, 20), (2.5, 70, 83), (3.5, 20, 500)])
def test_areas_under_the_curves_are_covered_at_least_as_often(distance: float, own: int, others: int) -> None:
    """Scores of a class and of others are normal, `distance` standard deviations apart."""
    random = np.random.default_rng(3)
    highest = np.sort(random.normal(distance, 1, 1_000_000))[::-1]
    false = own / others * np.arange(1, 1_000_001) / 1_000_000  # odds of the class times its recall
    rate = 1 - np.searchsorted(np.sort(random.normal(0, 1, 1_000_000)), highest) / 1_000_000
    true = {
        "average_precision": float((false / (false + rate)).mean()),
        "roc_area": NormalDist(0, 2**0.5).cdf(distance),
    }
    positive = np.arange(own + others) < own
    hits = dict.fromkeys(true, 0)
    for _ in range(SETS):
        points = thresholds.curve(random.normal(0, 1, own + others) + distance * positive, positive)
        for name, value in true.items():
            one = getattr(curve_areas, name)(points)
            hits[name] += one.low <= value <= one.high
    assert min(hits.values()) >= 0.935 * SETS, hits
