"""Metrics of two runs A and B on the same photos, and their difference with the bootstrap of the pairs.

Each bootstrap sample draws photos, and both runs are judged on the same drawn ones: what is hard for both cancels out.
Where there are few photos, hardly any is right in one run alone, and the samples would differ too little. So one more
photo is spread over the classes, half of it right in A alone and half in B alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import BLOCK, RESAMPLES, UNKNOWN, Interval, completed, difference_steps, of_statistic

SMOOTHED = "smoothed bootstrap of the pairs"

Statistic = Callable[[NDArray[Any]], NDArray[np.float64]]
"""Computes the metric of each row (B,) of indices of photos (B, n)."""


@dataclass(frozen=True, slots=True)
class PairedMetric:
    """A metric of two runs on the same photos.

    Attributes:
        a: Its value in A.
        b: Its value in B.
        difference: B - A with its interval.
    """

    a: float
    b: float
    difference: Interval


def of_classes(
    truth: NDArray[np.int64],
    predicted: tuple[NDArray[np.int64], NDArray[np.int64]],
    losses: tuple[NDArray[np.float64], NDArray[np.float64]],
    classes: int,
) -> dict[str, PairedMetric]:
    """Loss, balanced accuracy and macro F1 of the common photos; see `class_steps`."""
    return completed(class_steps(truth, predicted, losses, classes))


def class_steps(
    truth: NDArray[np.int64],
    predicted: tuple[NDArray[np.int64], NDArray[np.int64]],
    losses: tuple[NDArray[np.float64], NDArray[np.float64]],
    classes: int,
) -> Generator[int, None, dict[str, PairedMetric]]:
    """Loss, balanced accuracy and macro F1 of the common photos; yields the bootstrap samples of each step.

    Args:
        truth: (N,) labels.
        predicted: (N,) predicted labels of A and of B.
        losses: (N,) cross-entropy of each photo in A and in B.
        classes: Number of classes.
    """
    first, second = (np.asarray(one, np.float64) for one in losses)
    difference = yield from difference_steps(second - first)
    metrics = {"loss": PairedMetric(_mean(first), _mean(second), difference)}
    others, shares = _one_more_photo(truth, predicted, classes)
    for key, kind in (("balanced_accuracy", _balanced_accuracy), ("macro_f1", _macro_f1)):
        a, b = (_of_margins(others[0], one, classes, kind) for one in others[1:])
        metrics[key] = yield from _smoothed(a, b, len(truth), shares)
    return metrics


def _one_more_photo(
    truth: NDArray[np.int64], predicted: tuple[NDArray[np.int64], NDArray[np.int64]], classes: int
) -> tuple[list[NDArray[np.int64]], NDArray[np.float64]]:
    """True labels and predictions of A and of B, for the photos and the parts of one more; running sums of its shares.

    Each class has two parts: one run predicts a part as its class, the other one as the next class.
    """
    own = np.arange(classes)
    wrong = (own + 1) % max(classes, 1)
    support = np.bincount(truth, minlength=classes) / max(len(truth), 1)
    rows = (
        np.concatenate([truth, own, own]),
        np.concatenate([predicted[0], wrong, own]),
        np.concatenate([predicted[1], own, wrong]),
    )
    return list(rows), np.cumsum(np.concatenate([support, support]) / 2)


def _smoothed(
    a: Statistic, b: Statistic, count: int, shares: NDArray[np.float64], seed: int = 0
) -> Generator[int, None, PairedMetric]:
    """Two metrics and their difference, by bootstrap samples of N photos and one more."""
    if not count:
        return PairedMetric(0.0, 0.0, Interval(0.0, math.nan, math.nan, 0, UNKNOWN))
    whole = np.arange(count)[None]
    value_a, value_b = (float(one(whole)[0]) for one in (a, b))
    random, samples = np.random.default_rng(seed), []
    block = max(1, min(RESAMPLES, BLOCK // (4 * count)))
    for start in range(0, RESAMPLES, block):
        drawn = random.random((min(block, RESAMPLES - start), count)) * (count + 1)
        rows = drawn.astype(np.int64)
        added = rows >= count
        rows[added] = count + np.minimum(np.searchsorted(shares, drawn[added] - count), len(shares) - 1)
        samples.append(b(rows) - a(rows))
        yield len(rows)
    low, high = (float(end) for end in np.quantile(np.concatenate(samples), (0.025, 0.975)))
    value = value_b - value_a
    return PairedMetric(value_a, value_b, Interval(value, min(low, value), max(high, value), count, SMOOTHED))


def of_numbers(
    truth: NDArray[np.float64], predicted: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> dict[str, PairedMetric]:
    """Mean absolute error, RMSE and R² of the common photos; see `number_steps`."""
    return completed(number_steps(truth, predicted))


def number_steps(
    truth: NDArray[np.float64], predicted: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> Generator[int, None, dict[str, PairedMetric]]:
    """Mean absolute error, RMSE and R² of the common photos; predictions (N,) of A and of B.

    Yields:
        The number of bootstrap samples of each step.
    """
    first, second = (np.abs(np.asarray(one, np.float64) - truth) for one in predicted)
    difference = yield from difference_steps(second - first)
    metrics = {"mae": PairedMetric(_mean(first), _mean(second), difference)}
    for key, a, b in (
        ("rmse", _rmse(first), _rmse(second)),
        ("r2", _r2(truth, first), _r2(truth, second)),
    ):
        metrics[key] = _paired(a, b, len(truth))
        yield RESAMPLES
    return metrics


def _paired(a: Statistic, b: Statistic, count: int) -> PairedMetric:
    whole = np.arange(count)[None]
    values = [float(one(whole)[0]) if count else 0.0 for one in (a, b)]
    difference = of_statistic(lambda rows: b(rows) - a(rows), count)
    # Equal samples say nothing about the difference on other photos.
    if difference.low == difference.high:
        difference = replace(difference, low=math.nan, high=math.nan, method=UNKNOWN)
    return PairedMetric(values[0], values[1], difference)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 0.0


def _of_margins(
    truth: NDArray[np.int64],
    predicted: NDArray[np.int64],
    classes: int,
    kind: Callable[[NDArray[Any], NDArray[Any], NDArray[Any]], NDArray[np.float64]],
) -> Statistic:
    """A metric computed from the numbers of right, true and predicted photos of each class."""
    right = np.where(truth == predicted, truth, classes)  # a class of its own for wrong photos, dropped below

    def of(rows: NDArray[Any]) -> NDArray[np.float64]:
        counts = (_counts(one, rows, classes) for one in (right, truth, predicted))
        return kind(*counts)

    return of


def _counts(labels: NDArray[np.int64], rows: NDArray[Any], classes: int) -> NDArray[np.float64]:
    """Number of drawn photos of each class (B, K)."""
    width = classes + 1
    cells = labels[rows] + width * np.arange(len(rows))[:, None]
    return np.bincount(cells.ravel(), minlength=width * len(rows)).reshape(len(rows), width)[:, :classes].astype(float)


def _balanced_accuracy(
    right: NDArray[np.float64], true: NDArray[np.float64], _positive: NDArray[np.float64]
) -> NDArray[np.float64]:
    shares = np.divide(right, true, out=np.zeros_like(right), where=true > 0)
    mean: NDArray[np.float64] = shares.sum(axis=1) / np.maximum((true > 0).sum(axis=1), 1)
    return mean


def _macro_f1(
    right: NDArray[np.float64], true: NDArray[np.float64], positive: NDArray[np.float64]
) -> NDArray[np.float64]:
    both = true + positive
    mean: NDArray[np.float64] = np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0).mean(axis=1)
    return mean


def _rmse(errors: NDArray[np.float64]) -> Statistic:
    squares = np.square(errors)

    def of(rows: NDArray[Any]) -> NDArray[np.float64]:
        root: NDArray[np.float64] = np.sqrt(squares[rows].mean(axis=1))
        return root

    return of


def _r2(truth: NDArray[np.float64], errors: NDArray[np.float64]) -> Statistic:
    """R² of each row; 0 where its true numbers are all equal."""
    squares = np.square(errors)

    def of(rows: NDArray[Any]) -> NDArray[np.float64]:
        spread = truth[rows].var(axis=1)
        errors: NDArray[np.float64] = squares[rows].mean(axis=1)
        share: NDArray[np.float64] = 1.0 - np.divide(errors, spread, out=np.ones_like(spread), where=spread > 0)
        return share

    return of
