"""Mean and deviation of the features of training photos, by which a head scales them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine.cache import finite
from studio.engine.extraction import extract
from studio.engine.training.head import statistics
from studio.engine.training.inputs import FeatureSource
from studio.engine.training.model import Model
from studio.events import Dataset

SAMPLED = 512
"""Training photos that features are scaled by where computing them all would cost an epoch."""


def of_features(
    model: Model, source: FeatureSource, dataset: Dataset, train: NDArray[np.int64], seed: int
) -> tuple[Tensor, Tensor]:
    """Mean and deviation (D,) of the features: of all training photos where they are cached, else of a sample.

    Args:
        model: Its network is set to evaluation.
        source: Rows of the photos.
        dataset: The photos, for errors.
        train: Places of the training photos.
        seed: Of the sample.

    Raises:
        UserError: The untrained network gives values that are not finite.
    """
    return statistics(_blocks(model, source, dataset, train, seed))


def _blocks(
    model: Model, source: FeatureSource, dataset: Dataset, train: NDArray[np.int64], seed: int
) -> Iterator[NDArray[np.float32]]:
    which, size = train, 256  # in float64, and its squares: larger blocks show in the memory of a run
    if not source.is_computed:
        picked = np.random.default_rng(seed).permutation(train)[:SAMPLED]
        which, size = np.sort(picked), extract.batch_size(model.base, model.device)
    model.base.network.eval()
    for start in range(0, len(which), size):
        places = which[start : start + size]
        with torch.no_grad(), model.interruptible(source):
            block: NDArray[np.float32] = source.features(places).float().cpu().numpy()
        _require_finite(model, dataset, places, block)
        yield block


def _require_finite(model: Model, dataset: Dataset, places: NDArray[np.int64], block: NDArray[np.float32]) -> None:
    """Raise where the network, untrained yet, gives values that are not finite: the training is not to blame."""
    if finite.is_finite(block):
        return
    for place, row in zip(places, block, strict=True):
        if not finite.is_finite(row):
            photo = str(Path(dataset.folder, dataset.photos[place].path))
            raise finite.fault(model.base.info.name, photo, finite.words(row), model.precision.dtype)
