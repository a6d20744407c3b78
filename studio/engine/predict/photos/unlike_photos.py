"""Distances of a split's photos from the training photos, as a multiple of the run's limit for unlike photos."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.engine.predict import head_arrays, novelty_file, novelty_fit
from studio.evaluate import novelty
from studio.events import Dataset, Event, JudgedPart, Photo
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop
from studio.runs.files.record import RunRecord

MOST_COMPUTED = novelty_fit.MOST_KNOWN
"""Most photos whose features are computed again, with a trained backbone, for their distances."""


def distances(
    run: Path,
    record: RunRecord,
    judged: JudgedPart,
    which: WeightsChoice,
    share: float,
    features: NDArray[np.float32] | None,
    device: str,
    stop: Stop,
) -> Generator[Event, None, NDArray[np.float64] | None]:
    """The distance of each photo (N,), above 1 where it is unlike the training photos; None if they are unknown.

    Args:
        run: Folder of the run.
        record: Its record.
        judged: The photos.
        which: The weights that judged them.
        share: Share of the validation photos that are not unlike.
        features: (N, D) features of the photos by the pretrained backbone; None if they were not computed.
        device: Device to compute on, if the backbone was trained.
        stop: Checked while photos are computed.

    Returns:
        NaN for photos that cannot be read. None for runs of earlier versions, and for more than `MOST_COMPUTED` photos
        if the backbone was trained.

    Raises:
        UserError: None of the photos can be read.
    """
    saved = head_arrays.read(run, which)
    content = novelty_file.read(run, which, saved) if saved is not None else None
    limit = content.limit(share) if content is not None else None
    if saved is None or content is None or limit is None or (not saved.moved and features is None):
        return None
    if not saved.moved:
        assert features is not None
        return np.asarray(novelty.distances(content.rows, features) / limit, np.float64)
    if len(judged.paths) > MOST_COMPUTED:
        return None
    photos = tuple(Photo(path, 0, judged.split) for path in judged.paths)
    part = Dataset(judged.folder, record.classes, photos, target=record.target)
    read, rows = yield from novelty_fit.features(run, record, saved, part, which, device, stop)
    found = dict(zip((photo.path for photo in read), novelty.distances(content.rows, rows).tolist(), strict=True))
    return np.array([found.get(path, np.nan) for path in judged.paths]) / limit
