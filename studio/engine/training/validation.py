"""Predictions on photos that the model does not train on."""

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

HEAD_BATCH_SIZE = 1024
"""Number of photos in a batch if only the head is computed."""


def batch_sizes(model: Model, source: FeatureSource, tell: Tell) -> AdaptiveBatches:
    """Batch size of the predictions, which becomes smaller when memory runs out."""
    size = HEAD_BATCH_SIZE if source.is_computed else extract.batch_size(model.base, model.device)
    return AdaptiveBatches(size, tell)


def predict(
    model: Model, source: FeatureSource, photos: NDArray[np.int64], totals: RunningTotals, sizes: AdaptiveBatches
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Predict photos a batch at a time; yields the number of photos so far and the batch's predictions (n, K).

    Args:
        model: The model; its modules are set to eval mode.
        source: Source of the photos, without augmentation.
        photos: Their rows, at least one.
        totals: Receives losses and metrics.
        sizes: See `batch_sizes`.

    Raises:
        Interrupted: The user stopped.
        UserError: One photo does not fit into memory.
    """
    model.base.network.eval()
    model.head.eval()
    batches = np.array_split(photos, math.ceil(len(photos) / sizes.size))
    for batch, coming in zip(batches, [*batches[1:], photos[:0]], strict=True):
        source.expect(coming)
        outcomes: list[NDArray[np.float32]] = []
        sizes.each(len(batch), functools.partial(_predict_part, model, source, batch, totals, outcomes))
        yield totals.photos, np.concatenate(outcomes)


def _predict_part(
    model: Model,
    source: FeatureSource,
    photos: NDArray[np.int64],
    totals: RunningTotals,
    outcomes: list[NDArray[np.float32]],
    first: int,
    end: int,
) -> None:
    """Predict the photos from `first` to `end` in one pass, and append the predictions to `outcomes`."""
    if model.stop():
        raise Interrupted
    batch = photos[first:end]
    with torch.no_grad(), model.interruptible(source):
        scores, targets = model.scores(source, batch), model.targets_of(batch)
        losses = model.task.plain_losses(scores, targets)
        outcome: NDArray[np.float32] = model.task.outcome(scores).cpu().numpy()
        weight = torch.tensor(float(len(batch)), device=model.device)  # all photos have weight 1
        sums = model.sums(losses, weight, scores, targets)
    totals.add(0, [sums])
    outcomes.append(outcome)
