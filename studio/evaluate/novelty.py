"""The distance of a photo's features from those of the training photos, by which unlike photos are recognized.

The distance is the mean cosine distance to the nearest training photos (Y. Sun, Y. Ming, X. Zhu, Y. Li,
"Out-of-Distribution Detection with Deep Nearest Neighbors", ICML 2022, which uses the k-th nearest alone). It assumes
nothing about the features and has nothing to train; `tests/bench/novelty.py` compares it with others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.blocks import rows_at_once
from studio.evaluate.documents.values import interval
from studio.evaluate.intervals import of_count

NEAREST = 5
"""Number of nearest training photos whose distances are averaged."""


MOST_PHOTOS = 100
"""Most photos that the document names."""


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Features (N, D) scaled to length 1; features that are all 0 stay 0."""
    lengths = np.linalg.norm(np.asarray(rows, np.float32), axis=1, keepdims=True)
    result: NDArray[np.float32] = np.asarray(rows, np.float32) / np.maximum(lengths, np.finfo(np.float32).tiny)
    return result


def distances(train: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.float32]:
    """Mean cosine distance (N,) of features (N, D) to the `NEAREST` training photos; `train` is (M, D), of length 1."""
    count = min(NEAREST, len(train))
    if not count:
        return np.zeros(len(rows), np.float32)
    train = np.asarray(train, np.float32)
    result = np.empty(len(rows), np.float32)
    block = rows_at_once(len(train))
    for start in range(0, len(rows), block):
        nearness = unit(rows[start : start + block]) @ train.T
        nearest = np.partition(nearness, len(train) - count, axis=1)[:, -count:]
        result[start : start + block] = 1 - nearest.mean(axis=1)
    return result


def document(paths: Sequence[str], multiples: NDArray[Any], share: float) -> dict[str, Any]:
    """The photos that are unlike the training photos as JSON, the farthest first.

    Args:
        paths: Paths of N photos.
        multiples: (N,) distances as multiples of the limit; NaN where they are unknown.
        share: Share of the validation photos within the limit.
    """
    known = np.isfinite(multiples)
    found = np.flatnonzero(known & (np.nan_to_num(multiples) > 1))
    found = found[np.argsort(-multiples[found], kind="stable")]
    return {
        "known_kept": share,
        "share": interval(of_count(len(found), int(known.sum()))),
        "photos": [{"path": paths[place], "distance": float(multiples[place])} for place in found[:MOST_PHOTOS]],
    }


def limit(val_distances: NDArray[Any], share: float) -> float:
    """The smallest distance within which at least this share of the validation photos lies; infinite without any."""
    count = len(val_distances)
    if not count:
        return math.inf
    place = min(count, max(1, math.ceil(share * count - 1e-9))) - 1
    return float(np.sort(np.asarray(val_distances, np.float64))[place])
