"""All metrics of class probabilities, each with its 95 % interval, the number of photos and the interval's method.

The definitions are those of scikit-learn with `labels` set to all classes and `zero_division=0`; a test compares them
on random and degenerate inputs. The only exception is the loss, which clips probabilities like
`classification.cross_entropy`; where scikit-learn clips them depends on the number type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.classification import BINS
from studio.evaluate.intervals import BLOCK, RESAMPLES, Interval, of_count, of_counts, of_mean, resamples
from studio.evaluate.probabilities.calibration import error_of, reliability
from studio.evaluate.verdicts import FEW
from studio.events import ClassScore

TOP = (3, 5)
"""Values of k for which the top-k accuracy is computed, if there are more than k classes."""

CALIBRATION_RESAMPLES = 1000
"""Number of bootstrap samples of the calibration error."""

GAPS = 400_000
"""Numbers that are added up at once, during which no other thread runs, not even that of the window."""

SMOOTHED = "smoothed bootstrap"
CALIBRATION = "bias-corrected bootstrap, conservative"
WILSON_F1 = "Wilson, of the share of true positives among all that are in the class or predicted as it"


@dataclass(frozen=True, slots=True)
class ClassScores:
    """The metrics of one class.

    Attributes:
        name: Name of the class.
        support: Number of its photos.
        precision: Share of the photos predicted as this class that belong to it.
        recall: Share of its photos that are predicted as it.
        f1: Harmonic mean of precision and recall.
    """

    name: str
    support: int
    precision: Interval
    recall: Interval
    f1: Interval

    @property
    def in_report(self) -> ClassScore:
        """The row of this class in the report of an epoch, where only the recall has an interval."""
        interval = (self.recall.low, self.recall.high)
        return ClassScore(self.name, self.support, self.precision.value, self.recall.value, self.f1.value, interval)

    @property
    def note(self) -> str:
        """“only 3 photos of this class”; "" where there are enough."""
        if self.support >= FEW:
            return ""
        return f"only {self.support} photo{'' if self.support == 1 else 's'} of this class"


def overall(labels: NDArray[Any], probabilities: NDArray[Any], seed: int = 0) -> dict[str, Interval]:
    """The metrics over all photos, by their keys; the main one first.

    Args:
        labels: (N,) integer labels, 0…K-1.
        probabilities: (N, K) class probabilities, finite.
        seed: Seed of the bootstrap.
    """
    count, classes = probabilities.shape
    predicted = probabilities.argmax(axis=1) if count else np.zeros(0, np.int64)
    matrix = confusion(labels, predicted, classes)
    values = {"accuracy": of_count(int(np.trace(matrix)), count)}
    mean = averages(matrix, seed)
    values["balanced_accuracy"] = mean.pop("balanced_accuracy")
    places = ranks(labels, probabilities)
    values |= {f"top{k}_accuracy": of_count(int((places < k).sum()), count) for k in TOP if k < classes}
    values |= mean
    values["loss"] = of_mean(losses(labels, probabilities), seed)
    values["calibration_error"] = calibration_error(labels, probabilities, seed)
    return values


def per_class(matrix: NDArray[np.int64], names: Sequence[str]) -> tuple[ClassScores, ...]:
    """The metrics of each class of a confusion matrix, as `confusion` or `answered` returns it."""
    right, true, positive = (rows[0] for rows in _margins(matrix))
    precision, recall = of_counts(right, positive), of_counts(right, true)
    return tuple(map(ClassScores, names, true.tolist(), precision, recall, _f1(right, true, positive)))


def of_class(name: str, right: int, true: int, positive: int) -> ClassScores:
    """The metrics of one class.

    Args:
        name: Name of the class.
        right: Number of its photos that are answered as it.
        true: Number of its photos.
        positive: Number of photos that are answered as it.
    """
    (f1,) = _f1(*(np.array([number], np.int64) for number in (right, true, positive)))
    return ClassScores(name, true, of_count(right, positive), of_count(right, true), f1)


def confusion(labels: NDArray[Any], predicted: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """The confusion matrix (K, K), rows true, columns predicted."""
    cells = np.asarray(labels, np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def answered(labels: NDArray[Any], answers: NDArray[Any], sure: NDArray[np.bool_], classes: int) -> NDArray[np.int64]:
    """The confusion matrix (K, K + 1) of answers: its last column has the photos without an answer.

    These count as missed: they are in the denominator of the recall of their class, and of no precision.

    Args:
        labels: (N,) integer labels, 0…K-1.
        answers: (N,) the class that is answered, or would be.
        sure: (N,) False where there is no answer.
        classes: Number of classes K.
    """
    cells = np.asarray(labels, np.int64) * (classes + 1) + np.where(sure, answers, classes)
    return np.bincount(cells, minlength=classes * (classes + 1)).reshape(classes, classes + 1)


def ranks(labels: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.int64]:
    """Number of classes that rank before the label of each photo (N,), by probability.

    Of equally probable classes the one with the higher index ranks first, as in scikit-learn.
    """
    own = probabilities[np.arange(len(labels)), labels][:, None]
    later = np.arange(probabilities.shape[1]) > np.asarray(labels)[:, None]
    return np.asarray(((probabilities > own) | ((probabilities == own) & later)).sum(axis=1))


def losses(labels: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
    """Cross-entropy of each photo in nats (N,), clipped as in `classification.cross_entropy`."""
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    result: NDArray[np.float64] = -np.log(np.clip(own, np.finfo(np.float32).tiny, 1.0))
    return result


def averages(matrix: NDArray[np.int64], seed: int = 0) -> dict[str, Interval]:
    """Balanced accuracy, and macro and weighted precision, recall and F1, of a confusion matrix.

    Args:
        matrix: As `confusion` or `answered` returns it.
        seed: Seed of the bootstrap.
    """
    values = {name: float(rows[0]) for name, rows in _averages(*_margins(matrix)).items()}
    count = int(matrix.sum())
    if not count:
        return {name: Interval(value, 0.0, 1.0, 0, SMOOTHED) for name, value in values.items()}
    drawn: dict[str, list[NDArray[np.float64]]] = {name: [] for name in values}
    for right, true, positive in _resampled(matrix, seed):
        for name, rows in _averages(right, true, positive).items():
            drawn[name].append(rows)
    intervals = {}
    for name, value in values.items():
        low, high = (float(end) for end in np.quantile(np.concatenate(drawn[name]), (0.025, 0.975)))
        intervals[name] = Interval(value, min(low, value), max(high, value), count, SMOOTHED)
    return intervals


def calibration_error(labels: NDArray[Any], probabilities: NDArray[Any], seed: int = 0) -> Interval:
    """The expected calibration error with a conservative interval.

    The error of few photos is biased upward, and that of bootstrap samples of them more so: the lower end is corrected
    by twice the difference of both. It is 0 where the photos do not contradict perfect calibration: where the error is
    within the 97.5 % quantile of the errors with labels drawn from the probabilities themselves (J. Bröcker, L. A.
    Smith, "Increasing the Reliability of Reliability Diagrams", Weather and Forecasting 22 (2007), 651-661).
    """
    count = len(labels)
    value = error_of(reliability(labels, probabilities))
    if count < 2:
        return Interval(value, 0.0, 1.0, count, CALIBRATION)
    confidence = np.clip(probabilities.max(axis=1).astype(np.float64), 0.0, 1.0)
    correct = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    place = np.clip(np.searchsorted(np.linspace(0, 1, BINS + 1), confidence, side="left") - 1, 0, BINS - 1)
    random = np.random.default_rng(seed + 1)
    drawn, calibrated = [], []
    for rows in resamples(count, CALIBRATION_RESAMPLES, seed):
        drawn.append(_gaps(correct[rows] - confidence[rows], place[rows]))
        chance = (random.random(rows.shape) < confidence) - confidence
        calibrated.append(_gaps(chance, np.broadcast_to(place, rows.shape)))
    samples = np.concatenate(drawn)
    low, high = (float(end) for end in np.quantile(samples, (0.025, 0.975)))
    low -= 2 * max(float(samples.mean()) - value, 0.0)
    if value <= float(np.quantile(np.concatenate(calibrated), 0.975)):
        low = 0.0
    return Interval(value, max(min(low, value), 0.0), max(high, value), count, CALIBRATION)


def _gaps(differences: NDArray[np.float64], place: NDArray[np.int64]) -> NDArray[np.float64]:
    """Calibration error of each row (B,) from correct minus confidence (B, N) and the bin of each photo (B, N)."""
    count, errors = differences.shape[1], []
    step = max(1, GAPS // count)
    for start in range(0, len(differences), step):
        part = differences[start : start + step]
        rows = len(part)
        cells = place[start : start + step] + np.arange(rows)[:, None] * BINS
        sums = np.bincount(cells.ravel(), weights=part.ravel(), minlength=rows * BINS)
        errors.append(np.abs(sums.reshape(rows, BINS)).sum(axis=1) / count)
    return np.concatenate(errors)


def _margins(matrix: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """True positives, photos and predictions of each class (1, K)."""
    return matrix.diagonal()[None], matrix.sum(axis=1)[None], matrix.sum(axis=0)[None, : len(matrix)]


def _averages(
    right: NDArray[np.int64], true: NDArray[np.int64], positive: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """The averages over classes (B,) from true positives, photos and predictions of each class (B, K)."""
    recall = _ratios(right, true)
    present = np.maximum((true > 0).sum(axis=1), 1)
    rows = {"balanced_accuracy": recall.sum(axis=1) / present}
    shares = _ratios(true, true.sum(axis=1, keepdims=True))
    for name, values in (
        ("precision", _ratios(right, positive)),
        ("recall", recall),
        ("f1", _ratios(2 * right, true + positive)),
    ):
        rows[f"macro_{name}"] = values.mean(axis=1)
        rows[f"weighted_{name}"] = (values * shares).sum(axis=1)
    return rows


def _ratios(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ratios; 0 where the denominator is 0."""
    parts, wholes = np.broadcast_arrays(parts, wholes)
    return np.divide(parts, wholes, out=np.zeros(parts.shape), where=wholes > 0)


def _resampled(
    matrix: NDArray[np.int64], seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """True positives, photos and predictions of each class (B, K) in bootstrap samples of a confusion matrix.

    One more photo is spread evenly over the cells (K, K), so that errors that happened not to occur are possible:
    without it the interval of a model without errors would be a point.
    """
    classes, count = len(matrix), int(matrix.sum())
    rows, columns = np.nonzero(matrix)
    shares = matrix[rows, columns] / count
    diagonal = rows == columns
    starts = np.unique(rows, return_index=True)
    order = np.argsort(columns, kind="stable")
    column_starts = np.unique(columns[order], return_index=True)
    random = np.random.default_rng(seed)
    block = max(1, min(RESAMPLES, BLOCK // max(len(rows), classes)))
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        elsewhere = random.binomial(count, 1 / (count + 1), size)
        cells = random.multinomial(count - elsewhere, shares)
        right, true = (np.zeros((size, classes), np.int64) for _ in range(2))
        positive = np.zeros((size, matrix.shape[1]), np.int64)
        right[:, rows[diagonal]] = cells[:, diagonal]
        true[:, starts[0]] = np.add.reduceat(cells, starts[1], axis=1)
        positive[:, column_starts[0]] = np.add.reduceat(cells[:, order], column_starts[1], axis=1)
        sample = np.repeat(np.arange(size), elsewhere)
        one, other = random.integers(0, classes, (2, len(sample)))
        np.add.at(true, (sample, one), 1)
        np.add.at(positive, (sample, other), 1)
        same = one == other
        np.add.at(right, (sample[same], one[same]), 1)
        yield right, true, positive[:, :classes]


def _f1(right: NDArray[np.int64], true: NDArray[np.int64], positive: NDArray[np.int64]) -> list[Interval]:
    """F1 of each class: 2J / (1 + J), where J is the share of true positives in the union of true and predicted."""
    values = (2 * right / np.maximum(1, true + positive)).tolist()
    unions = of_counts(right, true + positive - right)
    return [
        Interval(value, 2 * one.low / (1 + one.low), 2 * one.high / (1 + one.high), photos, WILSON_F1)
        for value, one, photos in zip(values, unions, true.tolist(), strict=True)
    ]
