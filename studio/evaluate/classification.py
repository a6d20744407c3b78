"""Evaluation of class probabilities: confusion matrix, precision, recall, F1, loss, calibration, intervals, verdict.

The definitions are those of scikit-learn, the usual reference; a test shows that the numbers are equal bit for bit. A
report is computed after every epoch, so it must take only milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import wilson
from studio.evaluate.verdicts import DIVERGED, judge
from studio.events import ClassScore, Epoch, Figure, Report

BINS = 15
"""Number of bins of the calibration error, as in the literature. Reports of version 0.1 have 10."""


def report(
    truth: NDArray[Any],
    probabilities: NDArray[Any],
    classes: Sequence[str],
    train_accuracy: float | None = None,
    epochs: Sequence[Epoch] = (),
) -> Report:
    """Evaluate predicted classes.

    Args:
        truth: (N,) integer labels, 0…K-1. N may be 0.
        probabilities: (N, K) class probabilities, rows in the order of `truth`.
        classes: K names.
        train_accuracy: Accuracy on the training photos, 0…1, to detect overfitting; None where it is unknown.
        epochs: Epochs of the run; where more of them would not help, the advice does not suggest them.

    Raises:
        ValueError: Shapes do not fit together, or a label is out of range.
    """
    truth, probabilities = np.asarray(truth), np.asarray(probabilities)
    _require(truth, probabilities, len(classes))
    predicted = probabilities.argmax(axis=1) if len(truth) else np.zeros(0, np.int64)
    matrix, scores = _per_class(truth, predicted, classes)
    correct = int(np.trace(matrix))
    accuracy = correct / len(truth) if len(truth) else 0.0
    interval = wilson(correct, len(truth))
    loss = cross_entropy(truth, probabilities)
    verdict, advice = judge(accuracy, interval, scores, train_accuracy, loss, epochs)
    if not np.isfinite(probabilities).all():
        verdict, advice = DIVERGED, "Some predictions are not numbers: training diverged. Lower the learning rate."
    figures = (
        Figure("accuracy", accuracy, interval),
        Figure("macro_f1", float(np.mean([score.f1 for score in scores]))),
        Figure("loss", loss),
        Figure("calibration_error", calibration_error(truth, probabilities)),
    )
    return Report(len(truth), figures, verdict, advice, scores, matrix)


def macro_f1(truth: NDArray[Any], probabilities: NDArray[Any], classes: int) -> float:
    """Mean F1 over the classes, as in `report`; 0 for a class without photos.

    Args:
        truth: (N,) integer labels.
        probabilities: (N, K) class probabilities.
        classes: Number of classes K.
    """
    names = tuple(map(str, range(classes)))
    _, scores = _per_class(np.asarray(truth), np.asarray(probabilities).argmax(axis=1), names)
    return float(np.mean([score.f1 for score in scores]))


def cross_entropy(truth: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """Mean cross-entropy in nats; 0 without photos.

    Probabilities are clipped at the smallest normal float32, so that one confident error costs 87 instead of infinity.

    Args:
        truth: (N,) integer labels.
        probabilities: (N, K) class probabilities.
    """
    if not len(truth):
        return 0.0
    true = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    return float(-np.log(np.clip(true, np.finfo(np.float32).tiny, 1.0)).mean())


def calibration_error(truth: NDArray[Any], probabilities: NDArray[Any], bins: int = BINS) -> float:
    """Expected calibration error: the mean difference between confidence and accuracy, 0…1; 0 without photos.

    M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI
    2015: photos are put into equal-width bins by their highest probability, and the absolute differences between mean
    confidence and accuracy of the bins are averaged, weighted by the share of photos in each bin.

    Args:
        truth: (N,) integer labels.
        probabilities: (N, K) class probabilities.
        bins: Number of bins.
    """
    if not len(truth):
        return 0.0
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = probabilities.argmax(axis=1) == truth
    finite = np.clip(np.nan_to_num(confidence), 0.0, 1.0)
    place = np.maximum(np.ceil(finite * bins).astype(int) - 1, 0)  # Bins are (low, high].
    gaps = np.bincount(place, weights=correct - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(truth))


def _per_class(
    truth: NDArray[Any], predicted: NDArray[Any], classes: Sequence[str]
) -> tuple[NDArray[np.int64], tuple[ClassScore, ...]]:
    """(K, K) confusion matrix, rows true, columns predicted, and the scores of every class, even one without photos."""
    count = len(classes)
    if not len(truth):
        empty = tuple(ClassScore(name, 0, 0.0, 0.0, 0.0, (0.0, 1.0)) for name in classes)
        return np.zeros((count, count), np.int64), empty
    # Without scikit-learn: importing it takes 1.8 s of CPU time, a third of a run on cached features.
    cells = truth.astype(np.int64) * count + predicted
    matrix = np.bincount(cells, minlength=count**2).reshape(count, count)
    correct, true, positive = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    rows = _ratios(correct, positive), _ratios(correct, true), _ratios(2 * correct, true + positive), true
    scores = tuple(
        ClassScore(name, int(n), float(p), float(r), float(f), wilson(int(matrix[k, k]), int(n)))
        for k, (name, p, r, f, n) in enumerate(zip(classes, *rows, strict=True))
    )
    return matrix, scores


def _ratios(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> NDArray[np.float64]:
    """(K,) ratios; 0 where the denominator is 0."""
    return np.divide(parts, wholes, out=np.zeros(len(parts)), where=wholes > 0)


def _require(truth: NDArray[Any], probabilities: NDArray[Any], classes: int) -> None:
    if classes < 1:
        raise ValueError("There are no classes.")
    if truth.ndim != 1 or probabilities.shape != (len(truth), classes):
        raise ValueError(
            f"{classes} classes and {truth.shape} labels need probabilities of shape ({len(truth)}, {classes}), "
            f"not {probabilities.shape}."
        )
    if len(truth) and not (truth.dtype.kind in "iu" and truth.min() >= 0 and truth.max() < classes):
        raise ValueError(f"Labels must be integers from 0 to {classes - 1}.")
