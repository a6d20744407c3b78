"""Calibration of class probabilities: reliability table, calibration error, temperature scaling.

C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.classification import BINS, cross_entropy

MOST_NUMBERS = 1_000_000
"""Most probabilities that the temperature is fitted on, which takes about a second."""

LOWEST, HIGHEST = 1e-3, 1e3
"""Bounds of the temperature, which would be 0 where all photos are predicted correctly."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Photos of similar confidence.

    Attributes:
        low: Lower end of the confidence, exclusive (inclusive at 0).
        high: Upper end, inclusive.
        count: Number of photos.
        confidence: Mean of their highest probability; 0 without photos.
        accuracy: Share of them that is predicted correctly; 0 without photos.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Reliability of probabilities, before and after temperature scaling.

    Attributes:
        error: Expected calibration error, 0…1.
        bins: The reliability table.
        temperature: Divisor of the logits that minimizes the cross-entropy; 1 leaves them as they are.
        loss: Mean cross-entropy in nats.
        scaled_error: Calibration error after scaling by a temperature fitted on other photos.
        scaled_loss: Mean cross-entropy after scaling by a temperature fitted on other photos.
    """

    error: float
    bins: tuple[Bin, ...]
    temperature: float
    loss: float
    scaled_error: float
    scaled_loss: float


def calibration(
    labels: NDArray[Any],
    probabilities: NDArray[Any],
    fitted_on: tuple[NDArray[Any], NDArray[Any]] | None = None,
    seed: int = 0,
) -> Calibration:
    """Reliability of the probabilities (N, K) of photos with these labels (N,), and what scaling would improve.

    Args:
        labels: Integer labels.
        probabilities: Class probabilities.
        fitted_on: Labels and probabilities of another part, on which the temperature is fitted; None for a cross-fit.
        seed: Seed of the two halves of the cross-fit.
    """
    table = reliability(labels, probabilities)
    if fitted_on is not None:
        fitted = temperature(*fitted_on)
        after = scaled(probabilities, fitted)
    else:
        fitted, after = temperature(labels, probabilities), cross_scaled(labels, probabilities, seed)
    return Calibration(
        error_of(table),
        table,
        fitted,
        cross_entropy(labels, probabilities),
        error_of(reliability(labels, after)),
        cross_entropy(labels, after),
    )


def reliability(labels: NDArray[Any], probabilities: NDArray[Any], bins: int = BINS) -> tuple[Bin, ...]:
    """The reliability table: bins (low, high] of equal width by the highest probability."""
    count = len(labels)
    confidence = probabilities.max(axis=1).astype(np.float64) if count else np.zeros(0)
    correct = probabilities.argmax(axis=1) == labels if count else np.zeros(0, bool)
    confidence = np.clip(np.nan_to_num(confidence), 0.0, 1.0)
    # Compared with the edges: a product with the number of bins may round to the other side of an edge.
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = np.bincount(place, weights=confidence, minlength=bins)
    rights = np.bincount(place, weights=correct, minlength=bins)
    return tuple(
        Bin(
            float(edges[k]),
            float(edges[k + 1]),
            int(counts[k]),
            float(sums[k] / counts[k]) if counts[k] else 0.0,
            float(rights[k] / counts[k]) if counts[k] else 0.0,
        )
        for k in range(bins)
    )


def error_of(table: tuple[Bin, ...]) -> float:
    """Expected calibration error of a reliability table: the mean gap of its bins, weighted by photos."""
    total = sum(one.count for one in table)
    return sum(one.count * abs(one.accuracy - one.confidence) for one in table) / total if total else 0.0


def temperature(labels: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """The temperature that minimizes the cross-entropy, within `LOWEST` … `HIGHEST`; 1 without photos.

    The cross-entropy is convex in the inverse temperature, so the sign of its slope decides where the minimum is.
    With more than `MOST_NUMBERS` probabilities, only every n-th photo is used.
    """
    if not len(labels):
        return 1.0
    step = math.ceil(probabilities.size / MOST_NUMBERS)
    labels, probabilities = labels[::step], probabilities[::step]
    logits = log_probabilities(probabilities)
    own = logits[np.arange(len(labels)), labels]
    low, high = -math.log(HIGHEST), -math.log(LOWEST)  # of the logarithm of the inverse temperature
    for _ in range(50):
        middle = (low + high) / 2
        expected = (_softmax(logits * math.exp(middle)) * logits).sum(axis=1)
        if float((expected - own).sum()) > 0:
            high = middle
        else:
            low = middle
    return math.exp(-(low + high) / 2)


def scaled(probabilities: NDArray[Any], value: float) -> NDArray[np.float64]:
    """Probabilities (N, K) with their logits divided by a temperature; the order of the classes does not change."""
    return _softmax(log_probabilities(probabilities) / value)


def cross_scaled(labels: NDArray[Any], probabilities: NDArray[Any], seed: int = 0) -> NDArray[np.float64]:
    """Probabilities (N, K), each half scaled by the temperature of the other; unchanged with fewer than two photos."""
    result = np.array(probabilities, np.float64)
    order = np.random.default_rng(seed).permutation(len(labels))
    first, second = order[: len(order) // 2], order[len(order) // 2 :]
    if len(first):
        for part, other in ((first, second), (second, first)):
            result[part] = scaled(probabilities[part], temperature(labels[other], probabilities[other]))
    return result


def log_probabilities(probabilities: NDArray[Any]) -> NDArray[np.float64]:
    """Logits (N, K) of probabilities; a probability of 0 counts as the smallest normal float32."""
    shares = np.nan_to_num(np.asarray(probabilities, np.float64), nan=0.0)
    logits: NDArray[np.float64] = np.log(np.maximum(shares, np.finfo(np.float32).tiny))
    return logits


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
    return result
