"""Abstention: the gain in accuracy where the model does not answer for its most doubtful photos.

Y. Geifman, R. El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017: the *coverage* is the share
of photos that are answered, the *risk* the share of wrong answers among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import Interval, of_count

COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Coverages of the table."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The photos that are answered with at least a certain confidence.

    Attributes:
        coverage: Share of photos that are answered.
        confidence: Lowest confidence of a photo that is answered.
        accuracy: Accuracy of the answers.
    """

    coverage: float
    confidence: float
    accuracy: Interval


def table(labels: NDArray[Any], probabilities: NDArray[Any]) -> tuple[Answered, ...]:
    """A row for each of `COVERAGES`; more photos may be answered, because equally confident ones go together."""
    count = len(labels)
    if not count:
        return ()
    confidence, right = _sorted(labels, probabilities)
    rows = []
    for coverage in COVERAGES:
        least = confidence[min(count, int(np.ceil(coverage * count - 1e-9))) - 1]
        answered = int(np.searchsorted(-confidence, -least, side="right"))
        rows.append(Answered(answered / count, float(least), of_count(int(right[:answered].sum()), answered)))
    return tuple(rows)


def risk_area(labels: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """Mean risk over all coverages (AURC): 0 is perfect; 0 without photos."""
    if not len(labels):
        return 0.0
    _, right = _sorted(labels, probabilities)
    return float((np.cumsum(~right) / np.arange(1, len(right) + 1)).mean())


def _sorted(labels: NDArray[Any], probabilities: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidence (N,), the highest first, and True for right answers in the same order."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    # Of equally confident photos the wrong ones first, so that their order does not lower the risk.
    order = np.lexsort((right, -confidence))
    return confidence[order], right[order]
