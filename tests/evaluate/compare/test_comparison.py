from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from studio.evaluate.compare import comparison
from studio.evaluate.compare.comparison import JudgedPhoto
from studio.evaluate.intervals import Interval, wilson


@pytest.mark.parametrize(
    "counts", [(9, 4), (0, 0), (0, 6), (6, 0), (1, 0), (15, 15), (30, 12), (700, 500), (5000, 4800)]
)
def test_mcnemar_is_scipys_exact_binomial_test(counts: tuple[int, int]) -> None:
    fixed, broken = counts
    expected = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert comparison.mcnemar(fixed, broken) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 2635-2650, table II, method 10: right in both, only in the
        # first, only in the second, wrong in both.
        ((36, 12, 2, 0), 0.0569, 0.3404),
        ((0, 0, 0, 50), -0.0713, 0.0713),
        ((50, 0, 0, 0), -0.0713, 0.0713),
        ((0, 50, 0, 0), 0.8989, 1.0),
    ],
)
def test_the_difference_of_paired_proportions_equals_newcombes_published_table(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    both, first, second, neither = counts
    interval = comparison.accuracy_difference((first, second, neither, both))
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1.5e-3)
    assert interval.value == pytest.approx((first - second) / 50)
    assert interval.low <= interval.value <= interval.high


def test_photos_are_paired_by_which_run_is_right() -> None:
    right_a, right_b = np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 1, 0, 1], bool)
    found = comparison.pairs(right_a, right_b)
    assert [rows.tolist() for rows in (found.fixed, found.broken, found.both_wrong, found.both_right)] == [
        [2], [1], [3], [0, 4]
    ]  # fmt: skip
    assert found.counts == (1, 1, 1, 2)
    with pytest.raises(ValueError, match="same photos"):
        comparison.pairs(right_a, right_b[:3])


@pytest.mark.parametrize(
    ("fixed", "broken", "words"),
    [
        (9, 4, "Within noise, p = 0.27"),
        (0, 0, "right about the same photos"),
        (3, 1, "Only 4 photos differ: too few to tell"),
        (30, 2, "B is better, p < 0.001"),
        (2, 14, "A is better, p = 0.0042"),
    ],
)
def test_the_result_in_words(fixed: int, broken: int, words: str) -> None:
    assert words in comparison.in_words(fixed, broken)


@pytest.mark.parametrize(
    ("fixed", "broken", "verdict"),
    [
        (9, 4, "within noise"),
        (0, 0, "the same"),
        (3, 1, "too few to tell"),
        (30, 2, "B is better"),
        (2, 14, "A is better"),
    ],
)
def test_the_verdict_on_fixed_and_broken_photos(fixed: int, broken: int, verdict: str) -> None:
    assert comparison.verdict(fixed, broken) == verdict


@pytest.mark.parametrize(
    ("ends", "verdict", "words"),
    [
        ((-2.0, -3.0, -1.0, 9), "B is better", "B is better: its mean error is lower"),
        ((2.0, 1.0, 3.0, 9), "A is better", "A is better"),
        ((0.5, -1.0, 2.0, 9), "within noise", "Within noise"),
        ((0.0, 0.0, 0.0, 9), "the same", "have the same errors"),
        ((1.0, float("nan"), float("nan"), 1), "too few to tell", "Only 1 photo: too few"),
        ((0.0, float("nan"), float("nan"), 0), "no photo in common", "no photo in common"),
    ],
)
def test_the_verdict_on_numbers(ends: tuple[float, float, float, int], verdict: str, words: str) -> None:
    difference = Interval(*ends, "bootstrap")
    assert comparison.verdict_of_numbers(difference) == verdict
    assert words in comparison.numbers_in_words(difference)


def test_photos_are_matched_by_content_then_by_path() -> None:
    first = [
        JudgedPhoto("a/1.jpg", "x"),
        JudgedPhoto("a/2.jpg", "y"),
        JudgedPhoto("a/3.jpg"),
        JudgedPhoto("a/4.jpg", "q"),
    ]
    second = [
        JudgedPhoto("b/9.jpg", "y"),
        JudgedPhoto("a/1.jpg", "x"),
        JudgedPhoto("a/3.jpg", "z"),
        JudgedPhoto("a/4.jpg", "r"),
    ]
    places = comparison.match(first, second)
    assert [rows.tolist() for rows in places] == [[0, 1, 2], [1, 0, 2]]


def test_duplicates_are_matched_once_each() -> None:
    twice = [JudgedPhoto("a.jpg", "x"), JudgedPhoto("b.jpg", "x")]
    once = [JudgedPhoto("c.jpg", "x")]
    assert [rows.tolist() for rows in comparison.match(twice, once)] == [[0], [0]]
    assert [rows.tolist() for rows in comparison.match(twice, twice[::-1])] == [[0, 1], [1, 0]]
    assert [len(rows) for rows in comparison.match([], once)] == [0, 0]


def test_only_the_settings_that_differ_are_listed() -> None:
    one = {"backbone": {"name": "x"}, "train": {"epochs": 5, "seed": 0}, "thaw": ["a"]}
    other = {"backbone": {"name": "x"}, "train": {"epochs": 8, "seed": 0, "patience": 2}, "thaw": []}
    assert comparison.differences(one, other) == [
        {"setting": "train.epochs", "a": 5, "b": 8},
        {"setting": "thaw", "a": ["a"], "b": []},
        {"setting": "train.patience", "a": None, "b": 2},
    ]


def test_the_mean_difference_uses_the_pairs() -> None:
    random = np.random.default_rng(0)
    hard = random.exponential(5, 100)
    difference = comparison.mean_difference(hard, hard + random.normal(0.1, 0.1, 100))
    assert 0.06 < difference.low < difference.value < difference.high < 0.14


def test_no_common_photo_gives_no_difference_and_negative_counts_are_refused() -> None:
    assert comparison.accuracy_difference((0, 0, 0, 0)) == Interval(0.0, -1.0, 1.0, 0, comparison.NEWCOMBE)
    with pytest.raises(ValueError, match="negative"):
        comparison.mcnemar(-1, 3)
    with pytest.raises(ValueError, match="negative"):
        comparison.mcnemar(3, -1)


def test_runs_that_agree_on_which_photos_are_hard_have_a_narrower_interval() -> None:
    fixed, broken, wrong, right = 3, 1, 20, 30
    found = comparison.accuracy_difference((fixed, broken, wrong, right))
    total, a, b = 54, (right + broken) / 54, (right + fixed) / 54
    (low_a, high_a), (low_b, high_b) = wilson(31, total), wilson(33, total)
    root = ((right + broken) * (fixed + wrong) * (right + fixed) * (broken + wrong)) ** 0.5
    phi = (right * wrong - broken * fixed - total / 2) / root  # Newcombe's continuity correction
    below = ((b - low_b) ** 2 - 2 * phi * (b - low_b) * (high_a - a) + (high_a - a) ** 2) ** 0.5
    above = ((high_b - b) ** 2 - 2 * phi * (high_b - b) * (a - low_a) + (a - low_a) ** 2) ** 0.5
    assert (found.value, found.low, found.high) == pytest.approx((b - a, b - a - below, b - a + above))


@pytest.mark.parametrize("counts", [(5, 0, 0, 45), (0, 5, 0, 45), (4, 0, 16, 0), (0, 3, 7, 0)])
def test_accuracies_without_a_correlation_have_independent_intervals(counts: tuple[int, int, int, int]) -> None:
    fixed, broken, _, right = counts
    total = sum(counts)
    a, b = (right + broken) / total, (right + fixed) / total
    (low_a, high_a), (low_b, high_b) = wilson(right + broken, total), wilson(right + fixed, total)
    found = comparison.accuracy_difference(counts)
    assert found.low == pytest.approx(b - a - np.hypot(b - low_b, high_a - a), abs=1e-12)
    assert found.high == pytest.approx(b - a + np.hypot(high_b - b, a - low_a), abs=1e-12)


@pytest.mark.parametrize(
    ("photos", "words"), [(0, ""), (1, "1 photo may"), (149, "149 photos may"), (150, ""), (151, "")]
)
def test_the_interval_of_a_mean_difference_is_doubted_below_150_photos(photos: int, words: str) -> None:
    text = comparison.few_words(Interval(0.1, 0.0, 0.2, photos, comparison.OF_PAIRS))
    assert text.startswith(words)
    assert bool(text) == bool(words)
    assert not text or "With 150 photos or more" in text
    assert comparison.few_words(Interval(0.1, 0.0, 0.2, photos, "another method")) == ""


@pytest.mark.parametrize(
    ("fixed", "broken", "words"),
    [
        (1, 0, "Only 1 photo differs: too few"),
        (2, 0, "Only 2 photos differ: too few"),
        (5, 4, "Only 9 photos differ: too few"),
        (5, 5, "Within noise, p = 1: 5 photos fixed, 5 broken."),
        (1, 9, "A is better, p = 0.021: 1 photo fixed, 9 broken."),
        (6, 0, "B is better, p = 0.031: 6 photos fixed, 0 broken."),
        (5, 0, "Only 5 photos differ"),
        (11, 0, "B is better, p < 0.001"),
        (10, 0, "B is better, p = 0.002"),
    ],
)
def test_few_photos_and_one_photo_in_words(fixed: int, broken: int, words: str) -> None:
    assert comparison.in_words(fixed, broken).startswith(words)
    assert comparison.in_words(fixed, broken, ("first", "second")).startswith(
        words.replace("A is", "first is").replace("B is", "second is")
    )


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((0.5, 0.0, 1.0, 9), "within noise"),
        ((-0.5, -1.0, 0.0, 9), "within noise"),
        ((0.5, 1e-9, 1.0, 9), "A is better"),
        ((-0.5, -1.0, -1e-9, 9), "B is better"),
        ((0.0, 0.0, 0.0, 1), "the same"),
        ((0.2, 0.2, 0.2, 9), "A is better"),
    ],
)
def test_an_interval_that_ends_at_zero_is_noise(ends: tuple[float, float, float, int], verdict: str) -> None:
    assert comparison.verdict_of_numbers(Interval(*ends, "bootstrap")) == verdict


@pytest.mark.parametrize(
    ("fixed", "broken", "verdict", "side"),
    [(12, 4, "within noise", 0), (13, 4, "B is better", 1), (4, 13, "A is better", -1), (6, 4, "within noise", 0)],
)
def test_a_difference_is_significant_below_5_percent(fixed: int, broken: int, verdict: str, side: int) -> None:
    assert comparison.verdict(fixed, broken) == verdict
    assert comparison.side(fixed, broken) == (side, comparison.mcnemar(fixed, broken))


@pytest.mark.parametrize(
    ("p", "side", "verdict", "words"),
    [
        (0.05, 0, "within noise", "Within noise, p = 0.05: 9 photos fixed, 4 broken."),
        (0.049, 1, "B is better", "B is better, p = 0.049: 9 photos fixed, 4 broken."),
        (0.001, 1, "B is better", "B is better, p = 0.001: 9 photos fixed, 4 broken."),
        (0.00099, 1, "B is better", "B is better, p < 0.001: 9 photos fixed, 4 broken."),
    ],
)
def test_p_values_at_their_limits(p: float, side: int, verdict: str, words: str, monkeypatch) -> None:
    monkeypatch.setattr(comparison, "mcnemar", lambda fixed, broken: p)
    assert comparison.side(9, 4) == (side, p)
    assert comparison.verdict(9, 4) == verdict
    assert comparison.in_words(9, 4).startswith(words)
