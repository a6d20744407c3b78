"""What a model says of photos that it does not learn from."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engine import features, memory
from studio.engine.model import Model
from studio.engine.source import Source
from studio.engine.tally import Tally
from studio.workbench.jobs import Interrupted

HEADS = 1024
"""Photos at a time where only the head is left to compute."""


def judged(
    model: Model, source: Source, photos: NDArray[np.int64], tally: Tally
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Outcomes (n, K) of some photos, a batch at a time, each with the number of photos so far.

    Args:
        model: Set to evaluation by this.
        source: Of the photos, unchanged.
        photos: Their rows, at least one.
        tally: Where losses and figures are added.

    Raises:
        Interrupted: The user stopped.
    """
    model.base.network.eval()
    model.head.eval()
    size = HEADS if source.is_computed else features.batch_size(model.base, model.device)
    batches = np.array_split(photos, math.ceil(len(photos) / size))
    for batch, coming in zip(batches, [*batches[1:], photos[:0]], strict=True):
        source.expect(coming)
        outcome = _judged(model, source, batch, tally)
        yield tally.seen, outcome


def _judged(model: Model, source: Source, batch: NDArray[np.int64], tally: Tally) -> NDArray[np.float32]:
    """One batch; in halves where memory runs out."""
    if model.stop():
        raise Interrupted
    try:
        with torch.no_grad(), model.interruptible(source):
            scores, targets = model.scores(source, batch), model.targets_of(batch)
            losses = model.task.plain_losses(scores, targets)
            outcome: NDArray[np.float32] = model.task.outcome(scores).cpu().numpy()
        ones = torch.tensor(float(len(batch)), device=model.device)
        tally.add(0, [(losses.sum(), ones, model.right(scores, targets), len(batch))])
        return outcome
    except (MemoryError, RuntimeError) as error:
        if not memory.ran_out(error) or len(batch) == 1:
            raise
    memory.release()
    middle = len(batch) // 2
    return np.concatenate([_judged(model, source, half, tally) for half in (batch[:middle], batch[middle:])])
