"""The order in which an epoch meets its photos: that of its number and the seed, so that it can be had again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.spec import TrainSpec


def of_epoch(
    spec: TrainSpec, epoch: int, rows: NDArray[np.int64], chances: NDArray[np.float64] | None = None
) -> list[NDArray[np.int64]]:
    """Batches of an epoch.

    Args:
        spec: For the seed and the batch size.
        epoch: Its number, from 1.
        rows: Of the photos that are trained on, at least one.
        chances: (n,) how likely each is drawn, with replacement; None for each once.

    Returns:
        Rows, at most `batch_size` of them a batch. A last photo left alone joins the batch before it, because
        BatchNorm cannot train on one.
    """
    random = np.random.default_rng([spec.seed, epoch])
    order = random.permutation(rows) if chances is None else random.choice(rows, len(rows), p=chances)
    starts = list(range(0, len(order), spec.batch_size))
    if len(starts) > 1 and spec.batch_size > 1 and len(order) - starts[-1] == 1:
        starts.pop()
    return [order[start:end] for start, end in zip(starts, [*starts[1:], len(order)], strict=True)]
