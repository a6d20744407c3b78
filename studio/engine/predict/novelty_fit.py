"""Computes and stores the features of a run's training photos, for `novelty_file`."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.engine.predict import head_arrays, novelty_file, predict, run_features
from studio.engine.predict.head_arrays import SavedHead
from studio.engine.predict.novelty_file import Novelty
from studio.evaluate import novelty
from studio.events import Dataset, Event, ImageSkipped, Photo, Stage
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.runs.files.record import RunRecord
from studio.spec import UserError

MOST_ROWS = 2000
"""Most training photos whose features are stored: about 5 MB."""

MOST_KNOWN = 1000
"""Most validation photos whose distances are computed."""


def fit(run: Path, device: str, stop: Stop, data: str = "") -> Generator[Event, None, bool]:
    """Store the features of the training photos for the result of a run; False if they are stored already.

    Args:
        run: Folder of the run.
        device: Device to compute on.
        stop: Checked while photos are computed.
        data: Current folder of the photos; "" for that of the record.

    Raises:
        UserError: The photos cannot be read, or the weights cannot be loaded.
    """
    record = runs.read(run)
    saved = head_arrays.read(run, record.result)
    if saved is None:
        raise UserError(f"The weights in {run} cannot be read.", "Resume the run.", run)
    if novelty_file.read(run, record.result, saved) is not None:
        return False
    dataset = judged_photos.listed(run, record, data or record.spec.dataset.folder)
    train = _sample([photo for photo in dataset.photos if photo.split == "train"], MOST_ROWS)
    val = _sample([photo for photo in dataset.photos if photo.split == "val"], MOST_KNOWN)
    yield Stage("novelty", "Comparing photos")
    part = Dataset(dataset.folder, dataset.classes, (*train, *val), target=dataset.target)
    photos, rows = yield from features(run, record, saved, part, record.result, device, stop)
    is_train = np.array([photo.split == "train" for photo in photos], bool)
    train_rows = novelty.unit(rows[is_train]).astype(np.float16)
    paths = tuple(photo.path for photo in photos if photo.split == "train")
    content = Novelty(train_rows, np.sort(novelty.distances(train_rows, rows[~is_train])), paths)
    novelty_file.write(run, record.result, saved, content)
    return True


def features(
    run: Path, record: RunRecord, saved: SavedHead, dataset: Dataset, which: WeightsChoice, device: str, stop: Stop
) -> Generator[Event, None, tuple[tuple[Photo, ...], NDArray[np.float32]]]:
    """The readable photos and their features (N, D) by the trained backbone."""
    if not saved.moved:
        computed = yield from run_features.of_photos(record, dataset, device, stop)
        return computed.dataset.photos, computed.rows
    by_path = {dataset.file(place): photo for place, photo in enumerate(dataset.photos)}
    rows: dict[str, NDArray[np.float32]] = {}
    for event in predict.features(run, list(by_path), device, stop, which):
        if isinstance(event, predict.Rows):
            rows |= dict(event.pairs)
        elif not isinstance(event, ImageSkipped):
            yield event
    if not rows:
        raise UserError(f"None of the photos in {dataset.folder} can be read.", "Check the folder.", dataset.folder)
    return tuple(by_path[path] for path in rows), np.stack(list(rows.values()))


def _sample(photos: list[Photo], most: int) -> list[Photo]:
    """At most `most` photos, evenly spread over the classes."""
    ordered = sorted(photos, key=lambda photo: photo.label)
    places = np.linspace(0, len(ordered) - 1, min(most, len(ordered))).round().astype(int) if ordered else ()
    return [ordered[place] for place in places]
