from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics

from studio.evaluate.compare import paired_metrics
from studio.evaluate.intervals import RESAMPLES, completed, difference_steps


def predictions(random: np.random.Generator, truth: np.ndarray, right: float, classes: int) -> np.ndarray:
    return np.where(random.random(len(truth)) < right, truth, random.integers(0, classes, len(truth)))


@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_both_runs_equal_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 4, 60)
    a, b = (predictions(random, truth, right, 5) for right in (0.5, 0.7))
    losses = random.exponential(1, 60), random.exponential(0.5, 60)
    found = paired_metrics.of_classes(truth, (a, b), losses, 5)
    assert list(found) == ["loss", "balanced_accuracy", "macro_f1"]
    assert (found["loss"].a, found["loss"].b) == pytest.approx([one.mean() for one in losses])
    recalls = [metrics.recall_score(truth, one, labels=range(4), average="macro") for one in (a, b)]
    assert (found["balanced_accuracy"].a, found["balanced_accuracy"].b) == pytest.approx(recalls)
    scores = [metrics.f1_score(truth, one, labels=range(5), average="macro", zero_division=0) for one in (a, b)]
    assert (found["macro_f1"].a, found["macro_f1"].b) == pytest.approx(scores)
    for one in found.values():
        assert one.difference.value == pytest.approx(one.b - one.a)
        assert one.difference.low < one.difference.value < one.difference.high


def test_errors_of_both_runs_equal_scikit_learns() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(5, 2, 50)
    a, b = truth + random.normal(0, 1, 50), truth + random.normal(0, 0.3, 50)
    found = paired_metrics.of_numbers(truth, (a, b))
    for key, score in (
        ("mae", metrics.mean_absolute_error),
        ("rmse", metrics.root_mean_squared_error),
        ("r2", metrics.r2_score),
    ):
        assert (found[key].a, found[key].b) == pytest.approx((score(truth, a), score(truth, b)))
        difference = found[key].difference
        assert difference.value == pytest.approx(score(truth, b) - score(truth, a))
        assert difference.low < difference.value < difference.high
    assert found["mae"].difference.low == pytest.approx(
        completed(difference_steps(abs(b - truth) - abs(a - truth))).low
    )
    assert sum(paired_metrics.number_steps(truth, (a, b))) == 3 * RESAMPLES
    assert found["rmse"].difference.high < 0 < found["r2"].difference.low


def test_photos_that_are_hard_for_both_do_not_widen_the_interval() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 200)
    a = predictions(random, truth, 0.4, 2)
    b = np.where(random.random(200) < 0.05, truth, a)
    paired = paired_metrics.of_classes(truth, (a, b), (np.ones(200), np.ones(200)), 2)["balanced_accuracy"].difference
    apart = paired_metrics.of_classes(truth, (a, random.permutation(b)), (np.ones(200), np.ones(200)), 2)
    assert paired.high - paired.low < (lambda one: one.high - one.low)(apart["balanced_accuracy"].difference) / 2


def test_equal_runs_and_no_photos_have_no_known_interval() -> None:
    truth, none = np.array([0, 1, 1]), np.zeros(0, np.int64)
    same = paired_metrics.of_classes(truth, (truth, truth), (np.ones(3), np.ones(3)), 2)
    difference = same["macro_f1"].difference
    assert difference.low < difference.value == 0 < difference.high, "other photos may differ"
    empty = paired_metrics.of_classes(none, (none, none), (np.zeros(0), np.zeros(0)), 2)
    assert [(one.a, one.b, one.difference.value) for one in empty.values()] == [(0.0, 0.0, 0.0)] * 3
    assert not any(one.difference.is_known for one in empty.values())
    equal = paired_metrics.of_numbers(np.arange(4.0), (np.ones(4), np.ones(4)))["rmse"].difference
    assert (equal.value, equal.is_known) == (0.0, False)
    constant = paired_metrics.of_numbers(np.ones(4), (np.ones(4), np.zeros(4)))["r2"]
    assert math.isfinite(constant.a)


def test_samples_have_one_more_photo_that_is_spread_over_the_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired_metrics, "RESAMPLES", 60)
    truth, classes, count = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2]), 3, 9
    a, b = np.array([0, 0, 1, 2, 1, 1, 0, 2, 0]), np.array([0, 1, 0, 2, 1, 2, 1, 2, 0])
    ends = np.cumsum([4, 3, 2, 4, 3, 2]) / 18  # of the parts that A gets wrong, then of those that B gets wrong

    def balanced(labels: list[int], guesses: list[int]) -> float:
        pairs = list(zip(labels, guesses, strict=True))
        recalls = [np.mean([guess == label for label, guess in pairs if label == one]) for one in set(labels)]
        return float(np.mean(recalls))

    differences = []
    for drawn in np.random.default_rng(0).random((60, count)) * (count + 1):
        photos = []
        for value in drawn.tolist():
            if value < count:
                photos.append((truth[int(value)], a[int(value)], b[int(value)]))
            else:
                part = int(np.flatnonzero(ends >= value - count)[0])
                label, other = part % classes, (part % classes + 1) % classes
                photos.append((label, other, label) if part < classes else (label, label, other))
        labels, of_a, of_b = (list(map(int, column)) for column in zip(*photos, strict=True))
        differences.append(balanced(labels, of_b) - balanced(labels, of_a))
    low, high = np.quantile(differences, [0.025, 0.975])
    for block, steps in ((1, [1] * 60), (7 * 4 * count, [7] * 8 + [4]), (10_000, [60])):
        monkeypatch.setattr(paired_metrics, "BLOCK", block)
        given = truth, (a, b), (np.ones(9), np.ones(9)), classes
        assert [*paired_metrics.class_steps(*given)][-len(steps) :] == steps
        found = paired_metrics.of_classes(*given)["balanced_accuracy"]
        assert (found.difference.low, found.difference.high) == pytest.approx((low, high))
        assert found.difference.value == pytest.approx(balanced([*truth], [*b]) - balanced([*truth], [*a]))
