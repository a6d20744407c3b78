"""Photos whose label is likely wrong, from out-of-sample probabilities.

C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", Journal of
Artificial Intelligence Research 70 (2021), 1373-1411. Photos are ranked by their normalized margin: the probability of
their label minus the largest other one. Probabilities of photos that the model was trained on say nothing about labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def margins(probabilities: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.float64]:
    """The probability of each photo's label minus the largest other one (N,), from -1 (surely wrong) to 1.

    Args:
        probabilities: (N, K) out-of-sample probabilities; rows that are not finite have the margin 0.
        labels: (N,) given labels, 0…K-1.

    Raises:
        ValueError: Shapes do not fit together, or a label is out of range.
    """
    shares, own_labels = np.array(probabilities, np.float64), np.asarray(labels)
    if shares.ndim != 2 or own_labels.shape != shares.shape[:1] or not shares.shape[1]:
        raise ValueError(f"Probabilities {shares.shape} and labels {own_labels.shape} do not belong together.")
    if not len(own_labels):
        return np.zeros(0)
    if own_labels.dtype.kind not in "iu" or own_labels.min() < 0 or own_labels.max() >= shares.shape[1]:
        raise ValueError(f"Labels must be integers from 0 to {shares.shape[1] - 1}.")
    rows = np.arange(len(own_labels))
    own = shares[rows, own_labels]
    shares[rows, own_labels] = -np.inf
    others = shares.max(axis=1) if shares.shape[1] > 1 else np.zeros(len(own_labels))
    result: NDArray[np.float64] = np.nan_to_num(own - others, nan=0.0, posinf=0.0, neginf=0.0)
    return result


def ranked(probabilities: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.int64]:
    """Indices of all photos (N,), those whose label is most likely wrong first; see `margins`.

    Photos with equal margins keep their order.
    """
    return np.argsort(margins(probabilities, labels), kind="stable").astype(np.int64)


def candidates(probabilities: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.int64]:
    """Indices of the photos that the confident joint counts as label errors, most likely wrong first.

    The threshold of a class is its mean probability over the photos with that label; a class without photos has none.
    Of the classes whose threshold a photo reaches, the most probable one counts: the photo is a candidate if that is
    not its label.
    """
    shares, own_labels = np.asarray(probabilities, np.float64), np.asarray(labels)
    order = ranked(shares, own_labels)
    if not len(order):
        return order
    classes = shares.shape[1]
    thresholds = np.full(classes, np.inf)
    counts = np.bincount(own_labels, minlength=classes)
    sums = np.bincount(
        own_labels, weights=np.nan_to_num(shares[np.arange(len(own_labels)), own_labels]), minlength=classes
    )
    thresholds[counts > 0] = sums[counts > 0] / counts[counts > 0]
    # The tolerance lets a photo that is alone in its class reach the threshold, which is its own probability.
    confident = np.where(shares >= thresholds - 1e-9, shares, -1.0)
    best = confident.argmax(axis=1)
    wrong = (confident.max(axis=1) >= 0) & (best != own_labels)
    result: NDArray[np.int64] = order[wrong[order]]
    return result
