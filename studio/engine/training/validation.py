"""Passes over photos that a model does not learn from."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engine.device.memory import AdaptiveBatches, Tell
from studio.engine.extraction import extract
from studio.engine.training.inputs import FeatureSource
from studio.engine.training.model import Model
from studio.engine.training.running_totals import RunningTotals
from studio.jobs.protocol import Interrupted

HEADS = 1024
"""Photos at a time where only the head is left to compute."""


def portions(model: Model, source: FeatureSource, tell: Tell) -> AdaptiveBatches:
    """Number of photos judged at a time; fewer from then on where memory runs out."""
    return AdaptiveBatches(HEADS if source.is_computed else extract.batch_size(model.base, model.device), tell)


def judged(
    model: Model, source: FeatureSource, photos: NDArray[np.int64], totals: RunningTotals, at_a_time: AdaptiveBatches
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Outcomes (n, K) of some photos, a batch at a time, each with the number of photos so far.

    Args:
        model: Set to evaluation by this.
        source: Of the photos, unchanged.
        photos: Their rows, at least one.
        totals: Where losses and metrics are added.
        at_a_time: See `portions`.

    Raises:
        Interrupted: The user stopped.
        UserError: One photo does not fit into memory.
    """
    model.base.network.eval()
    model.head.eval()
    batches = np.array_split(photos, math.ceil(len(photos) / at_a_time.size))
    for batch, coming in zip(batches, [*batches[1:], photos[:0]], strict=True):
        source.expect(coming)
        outcomes: list[NDArray[np.float32]] = []
        at_a_time.each(len(batch), functools.partial(_judged, model, source, batch, totals, outcomes))
        yield totals.seen, np.concatenate(outcomes)


def _judged(
    model: Model,
    source: FeatureSource,
    photos: NDArray[np.int64],
    totals: RunningTotals,
    outcomes: list[NDArray[np.float32]],
    first: int,
    end: int,
) -> None:
    """Some of the photos, in one pass."""
    if model.stop():
        raise Interrupted
    batch = photos[first:end]
    with torch.no_grad(), model.interruptible(source):
        scores, targets = model.scores(source, batch), model.targets_of(batch)
        losses = model.task.plain_losses(scores, targets)
        outcome: NDArray[np.float32] = model.task.outcome(scores).cpu().numpy()
        weight = torch.tensor(float(len(batch)), device=model.device)  # each photo counts alike
        sums = model.sums(losses, weight, scores, targets)
    totals.add(0, [sums])
    outcomes.append(outcome)
