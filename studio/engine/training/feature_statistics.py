"""Mean and standard deviation of the training photos' features, which a head standardizes with."""

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

SAMPLE_SIZE = 512
"""Number of training photos used if the features are not cached: computing all would take as long as an epoch."""


def of_features(
    model: Model, source: FeatureSource, dataset: Dataset, train: NDArray[np.int64], seed: int
) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (D,) of the features: of all training photos if they are cached, else of a sample.

    Args:
        model: The model; its network is set to eval mode.
        source: Rows of the photos.
        dataset: The photos, named in errors.
        train: Positions of the training photos.
        seed: Seed of the sample.

    Raises:
        UserError: The untrained network gives values that are not finite.
    """
    return statistics(_blocks(model, source, dataset, train, seed))


def _blocks(
    model: Model, source: FeatureSource, dataset: Dataset, train: NDArray[np.int64], seed: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the features (n, D) of the photos, a block at a time."""
    # Blocks are squared in float64: larger ones would noticeably raise the peak memory of a run.
    photos, size = train, 256
    if not source.is_computed:
        sample = np.random.default_rng(seed).permutation(train)[:SAMPLE_SIZE]
        photos, size = np.sort(sample), extract.batch_size(model.base, model.device)
    model.base.network.eval()
    for start in range(0, len(photos), size):
        places = photos[start : start + size]
        with torch.no_grad(), model.interruptible(source):
            block: NDArray[np.float32] = source.features(places).float().cpu().numpy()
        _require_finite(model, dataset, places, block)
        yield block


def _require_finite(model: Model, dataset: Dataset, places: NDArray[np.int64], block: NDArray[np.float32]) -> None:
    """Raise a `UserError` that names the first photo whose features are not finite, if there is one."""
    if finite.is_finite(block):
        return
    for place, row in zip(places, block, strict=True):
        if not finite.is_finite(row):
            photo = str(Path(dataset.folder, dataset.photos[place].path))
            raise finite.not_finite_error(model.base.info.name, photo, finite.kind_of(row), model.precision.dtype)
