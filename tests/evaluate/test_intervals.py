from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from studio.evaluate import intervals
from studio.evaluate.intervals import wilson


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # The formula by hand: with 0 of n the high end is z² / (n + z²).
        (0, 10, 0.0, 3.841459 / 13.841459),
        (10, 10, 10 / 13.841459, 1.0),
    ],
)
def test_wilsons_interval_equals_published_values(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=6e-5)


def test_wilsons_interval_stays_in_bounds_and_narrows_with_more_photos() -> None:
    widths = [high - low for low, high in (wilson(n * 9 // 10, n) for n in (10, 100, 1000))]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]
    for total in range(1, 40):
        for right in range(total + 1):
            low, high = wilson(right, total)
            assert 0 <= low <= right / total <= high <= 1


def test_the_interval_without_photos_is_0_to_1() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "total"), [(-1, 3), (4, 3)])
def test_counts_outside_the_bounds_are_refused(right: int, total: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(right, total)


def test_the_interval_of_a_count_is_wilsons_and_names_the_method() -> None:
    one = intervals.of_count(15, 148)
    assert (one.value, one.low, one.high, one.n, one.method) == (15 / 148, *wilson(15, 148), 148, "Wilson")
    assert intervals.of_count(0, 0) == intervals.Interval(0.0, 0.0, 1.0, 0, "Wilson")


def test_many_proportions_at_once_equal_single_ones() -> None:
    right, total = np.array([0, 0, 1, 3, 7, 200]), np.array([0, 5, 1, 4, 9, 350])
    single = [intervals.of_count(int(one), int(photos)) for one, photos in zip(right, total, strict=True)]
    assert intervals.of_counts(right, total) == single


def test_a_mean_has_the_studentized_bootstrap() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    one = intervals.of_mean(values)
    reach = 1.96 * values.std(ddof=1) / 20
    assert (one.low, one.high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=0.03)
    assert (one.n, one.method) == (400, "studentized bootstrap")
    assert intervals.of_mean(values) == one
    assert intervals.of_mean(values, seed=1) != one


@pytest.mark.parametrize(
    ("values", "known"), [([], False), ([2.0], False), ([2.0, 2.0, 2.0], True), ([1.0, 3.0], True)]
)
def test_means_of_few_values(values: list[float], known: bool) -> None:
    one = intervals.of_mean(np.array(values))
    assert one.is_known is known
    assert one.n == len(values)
    if known:
        assert 0 <= one.low <= one.value <= one.high


def test_the_bca_interval_equals_that_of_scipy() -> None:
    values = np.random.default_rng(1).exponential(1, 40)
    expected = bootstrap((values,), np.median, method="BCa", n_resamples=5000, rng=np.random.default_rng(2))
    one = intervals.of_statistic(lambda rows: np.median(values[rows], axis=1), 40)
    assert one.method == "BCa bootstrap"
    interval = expected.confidence_interval
    assert (one.low, one.high) == pytest.approx((interval.low, interval.high), abs=0.1)
    plain = intervals.of_statistic(lambda rows: np.median(values[rows], axis=1), 40, bca=False)
    assert plain.method == "percentile bootstrap"


def test_a_statistic_that_never_varies_falls_back_to_percentiles() -> None:
    one = intervals.of_statistic(lambda rows: np.ones(len(rows)), 5)
    assert (one.value, one.low, one.high) == (1.0, 1.0, 1.0)
    assert not intervals.of_statistic(lambda rows: np.ones(len(rows)), 1).is_known


def test_many_photos_are_resampled_in_blocks() -> None:
    rows = list(intervals.resamples(3_000_000, 3, 0))
    assert [block.shape for block in rows] == [(1, 3_000_000)] * 3


def test_counts_truth_values_and_values_have_their_methods() -> None:
    right = np.array([True] * 7 + [False] * 3)
    assert intervals.of(7, 10) == intervals.of(right) == intervals.of_count(7, 10)
    assert intervals.of(np.arange(10.0)) == intervals.of_mean(np.arange(10.0))
    with pytest.raises(ValueError, match="number of photos"):
        intervals.of(7)


@pytest.mark.parametrize(
    ("right", "photos", "of_others", "others", "expected"),
    [(17, 20, 20, 20, False), (5, 10, 90, 90, True), (1, 2, 2, 2, False), (60, 100, 80, 100, True)],
)
def test_a_proportion_is_lower_where_chance_does_not_explain_it(
    right: int, photos: int, of_others: int, others: int, expected: bool
) -> None:
    assert intervals.is_lower(right / photos, wilson(right, photos), of_others / others, others) is expected


def test_leaving_out_groups_of_many_photos_is_like_leaving_out_each(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).exponential(size=60)
    each = intervals.of_statistic(lambda rows: values[rows].mean(axis=1), len(values))
    monkeypatch.setattr(intervals, "MOST_LEFT_OUT", 20)
    groups = intervals.of_statistic(lambda rows: values[rows].mean(axis=1), len(values))
    assert (groups.method, groups.value) == (intervals.BCA, each.value)
    assert groups.low == pytest.approx(each.low, rel=0.02)
    assert groups.high == pytest.approx(each.high, rel=0.02)


def test_the_bca_interval_of_unbiased_samples_is_the_percentile_interval() -> None:
    found = intervals.of_statistic(lambda rows: np.array([len(np.unique(row)) for row in rows], float), 20)
    assert (found.method, found.value) == (intervals.PERCENTILE, 20), "no sample has all photos"


def test_an_extreme_skewness_leaves_the_percentiles() -> None:
    left_out = np.array([0.0] * 30 + [-1e6])
    samples = np.full(300_000, -1.0)
    samples[0] = 1.0
    assert intervals._bca_shares(0.0, samples, left_out) is None


@pytest.mark.parametrize("values", [[1.0, 2.0], [0.0, 0.0, 3.0], [0.5, 1.0, 4.0, 9.0, 2.0], [-1.0, 2.0, 7.0, -3.0]])
def test_the_studentized_bootstrap_step_by_step(values: list[float]) -> None:
    mean, spread, ratios = float(np.mean(values)), float(np.std(values, ddof=1)), []
    for rows in intervals.resamples(len(values), intervals.RESAMPLES, 0):
        drawn = np.array(values)[rows]
        ratios += ((drawn.mean(axis=1) - mean) / np.maximum(drawn.std(axis=1, ddof=1), 0.05 * spread)).tolist()
    lowest, highest = np.quantile(ratios, [0.025, 0.975])
    found = intervals.of_mean(values)
    low = mean - highest * spread
    assert (found.value, found.low, found.high) == pytest.approx(
        (mean, max(0.0, low) if min(values) >= 0 else low, mean - lowest * spread), rel=1e-9
    )
    either = np.quantile(np.abs(ratios), 0.95)
    pairs = intervals.completed(intervals.difference_steps(np.array(values)))
    assert (pairs.low, pairs.high) == pytest.approx(
        (mean - max(highest, either) * spread, mean + max(-lowest, either) * spread), rel=1e-9
    )


def test_each_photo_is_left_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    expected = [(values.sum() - value) / 4 for value in values]
    monkeypatch.setattr(intervals, "MOST_LEFT_OUT", 5)
    for block in (1, 10, 1000):
        monkeypatch.setattr(intervals, "BLOCK", block)
        found = intervals._left_out(lambda rows: values[rows].mean(axis=1), 5)
        assert found.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_unit_of_the_values_changes_no_interval(scale: float) -> None:
    values = np.random.default_rng(7).exponential(size=15)
    one = intervals.of_statistic(lambda rows: values[rows].mean(axis=1), 15)
    other = intervals.of_statistic(lambda rows: values[rows].mean(axis=1) * scale, 15)
    assert one.method == other.method == intervals.BCA
    assert (other.low, other.high) == pytest.approx((one.low * scale, one.high * scale), rel=1e-6)


def test_blocks_of_samples_are_all_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    for block in (1, 10, 34, 35, 1000):
        monkeypatch.setattr(intervals, "BLOCK", block)
        blocks = list(intervals.resamples(5, 7, 0))
        assert sum(map(len, blocks)) == 7
        assert max(map(len, blocks)) == max(1, min(7, block // 5))
        assert set(np.concatenate(blocks).ravel()) <= set(range(5))


@pytest.mark.parametrize(("photos", "known"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_statistic_has_an_interval_from_two_photos_on(photos: int, known: bool) -> None:
    values = np.arange(float(photos))
    found = intervals.of_statistic(lambda rows: values[rows].mean(axis=1), photos)
    assert (found.is_known, found.n) == (known, photos)


def test_of_more_than_500_photos_groups_are_left_out() -> None:
    for photos, groups in ((500, 500), (501, 500)):
        assert len(intervals._left_out(lambda rows: rows.sum(axis=1), photos)) == groups


@pytest.mark.parametrize(
    ("values", "varies"),
    [
        ([0.0, 1e-3, 3e-3], True),
        ([0.0, 1.7e-12], True),
        ([0.0, 1.3e-12], False),
        ([1e6, 1e6 + 1e-7], False),
        ([1e6, 1e6 + 1e-3], True),
    ],
)
def test_differences_by_rounding_count_as_none(values: list[float], varies: bool) -> None:
    one = intervals.of_mean(np.array(values))
    other = intervals.completed(intervals.difference_steps(np.array(values)))
    assert (one.low < one.high, other.low < other.high) == (varies, varies)
    assert one.is_known
    assert other.is_known
