"""Batches of an epoch, in an order that follows from the seed and the number of the epoch alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.spec import TrainSpec


def of_epoch(
    spec: TrainSpec, epoch: int, rows: NDArray[np.int64], probabilities: NDArray[np.float64] | None = None
) -> list[NDArray[np.int64]]:
    """Draw the batches of an epoch.

    Args:
        spec: Seed and batch size.
        epoch: Number of the epoch, from 1.
        rows: Rows of the training photos, at least one.
        probabilities: (n,) with which each row is drawn, with replacement; None to take each row once.

    Returns:
        The rows of each batch, at most `batch_size` of them. Only if a single row is left over, the last batch has one
        row more, because BatchNorm cannot train on one photo.
    """
    random = np.random.default_rng([spec.seed, epoch])
    order = random.permutation(rows) if probabilities is None else random.choice(rows, len(rows), p=probabilities)
    starts = list(range(0, len(order), spec.batch_size))
    if len(starts) > 1 and spec.batch_size > 1 and len(order) - starts[-1] == 1:
        starts.pop()
    return [order[start:end] for start, end in zip(starts, [*starts[1:], len(order)], strict=True)]
