"""Near duplicates by features: judged photos whose features nearly equal those of a training photo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.blocks import rows_at_once

Rows = NDArray[np.float32]

LEAST = 0.7
"""Least cosine of centered features at which two photos show the same (`tests/bench/data/feature_duplicates.py`)."""

ALIKE = 0.5
"""If a larger share of the training photos are that near to another one, the features cannot tell photos apart."""

_SAMPLE = 500
"""Most training photos that are compared with the others to find that share."""


class NearFeatures(NamedTuple):
    """A judged photo and the training photo that is nearest to it.

    Attributes:
        train: Row of the training photo.
        judged: Row of the judged one.
        cosine: Cosine of their features, from which the mean of all training photos was subtracted.
    """

    train: int
    judged: int
    cosine: float


def nearest(train: Rows, judged: Rows) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Row of the training photo nearest to each judged one, and the cosine.

    Args:
        train: (N, D) features of training photos.
        judged: (M, D) features of judged photos.
    """
    # Without centering, the large part of the features that all photos share would make different ones look alike.
    mean = train.mean(axis=0, dtype=np.float64).astype(np.float32)
    units = _unit(train.astype(np.float32) - mean)
    places, cosines = np.zeros(len(judged), np.int64), np.zeros(len(judged), np.float32)
    count = rows_at_once(len(train))
    for start in range(0, len(judged), count):
        block = _unit(judged[start : start + count].astype(np.float32) - mean) @ units.T
        places[start : start + len(block)] = block.argmax(axis=1)
        cosines[start : start + len(block)] = block.max(axis=1)
    return places, cosines


def pairs(train: Rows, judged: Rows) -> list[NearFeatures]:
    """Judged photos that show the same as a training photo; none where the features cannot tell photos apart."""
    if not len(train) or not len(judged) or _share_alike(train) > ALIKE:
        return []
    places, cosines = nearest(train, judged)
    rows = np.flatnonzero(cosines >= LEAST).tolist()
    return [NearFeatures(int(places[row]), row, float(cosines[row])) for row in rows]


def _share_alike(train: Rows) -> float:
    """Share of training photos that another one equals by its features; high where photos are tiny or drawn."""
    units = _unit(train.astype(np.float32) - train.mean(axis=0, dtype=np.float64).astype(np.float32))
    sample = np.linspace(0, len(units) - 1, min(len(units), _SAMPLE)).astype(np.int64)
    cosines = units[sample] @ units.T
    cosines[np.arange(len(sample)), sample] = -1.0
    return float((cosines.max(axis=1) >= LEAST).mean())


def _unit(rows: Rows) -> Rows:
    norms = np.sqrt(np.einsum("nd,nd->n", rows, rows))
    result: Rows = rows / np.maximum(norms, 1e-12)[:, None]
    return result
