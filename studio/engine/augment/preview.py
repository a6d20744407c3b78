"""Preview of the augmentation of one photo: the same pixels as in the first epochs of a run, or its fixed views."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from studio.data.images import measuring, preprocess
from studio.engine.augment import transforms
from studio.events import AugmentedViews, Events, ValueRanges
from studio.spec import PreprocessSpec, RunSpec, UserError

VIEWS = 8
"""Number of epochs, or largest number of fixed views, that are shown."""


def preview(path: str, framing: PreprocessSpec, spec: RunSpec, ranges: ValueRanges | None = None) -> Events:
    """Augment a photo as the run of `spec` will.

    Args:
        path: Path of the photo.
        framing: The preprocessing.
        spec: Spec of the run: augmentation, seed, and number of head epochs.
        ranges: Value ranges of the data set; None without one.

    Yields:
        One `AugmentedViews`.

    Raises:
        UserError: The photo cannot be read.
    """
    photo = Path(path).absolute()
    loaded = yield from preprocess.load_one(photo, framing, measuring.reading_of(ranges or ValueRanges()))
    if loaded.pixels is None:
        raise UserError(
            f"“{path}” cannot be read: {loaded.reason}.", "Choose another photo, or replace the file.", path
        )
    augment, seed = spec.augment, spec.train.seed
    # Views are numbered from 0; epochs from 1, and the first ones belong to the head warm-up, without augmentation.
    first = 0 if augment.views else spec.train.head_epochs + 1
    start = time.perf_counter()
    views = [
        transforms.augment(loaded.pixels, augment, transforms.key_of(seed, first + number, loaded.digest))
        for number in range(min(augment.views, VIEWS) if augment.views else VIEWS)
    ]
    seconds = (time.perf_counter() - start) / len(views)
    yield AugmentedViews(str(photo), loaded.pixels, np.stack(views), augment, seconds)
