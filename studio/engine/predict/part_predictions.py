"""Predictions of a run on the photos of one split, with the weights of its best or last epoch."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from studio.engine.predict import head_arrays, run_features
from studio.engine.predict.predict import predict as predict_photos
from studio.events import Dataset, Event, ImagePrediction, ImageSkipped, JudgedPart, Photo, Split, Warned
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop
from studio.runs import judged_photos
from studio.runs.files import photos_file
from studio.runs.files.record import RunRecord
from studio.spec import UserError


def predict(
    run: Path, record: RunRecord, dataset: Dataset, split: Split, which: WeightsChoice, device: str, stop: Stop
) -> Generator[Event, None, JudgedPart]:
    """Predict the photos of `dataset`, which are those of one split.

    Raises:
        UserError: No photo can be read, or the weights cannot be loaded.
    """
    saved = head_arrays.read(run, which)
    if saved is not None and not saved.moved:  # the backbone did not change, so its cached features are used
        features = yield from run_features.of_photos(record, dataset, device, stop)
        scores = [head_arrays.scores(saved.head, row) for row in features.rows]
        outputs = [tuple((row if record.target else head_arrays.softmax(row)).tolist()) for row in scores]
        photos, contents, epoch = features.dataset.photos, features.contents, saved.epoch
        yield from _warn_of_changes(run, photos, contents)
    else:
        photos, outputs, epoch = yield from _with_network(run, dataset, which, device, stop)
        recorded = {photo.path: photo.content for photo in photos_file.read(run)}
        contents = tuple(recorded.get(photo.path, "") for photo in photos)
    predicted = np.asarray(outputs, np.float32)
    return JudgedPart(
        split,
        epoch,
        dataset.folder,
        tuple(photo.path for photo in photos),
        contents,
        judged_photos.truth_of(photos, record.target),
        predicted[:, 0] if record.target else predicted,
    )


def _with_network(
    run: Path, dataset: Dataset, which: WeightsChoice, device: str, stop: Stop
) -> Generator[Event, None, tuple[tuple[Photo, ...], list[tuple[float, ...]], int]]:
    """The readable photos, the outputs for each, and the epoch of the weights, of a run with thawed layers."""
    by_path = {str(Path(dataset.folder, photo.path)): photo for photo in dataset.photos}
    photos: list[Photo] = []
    outputs: list[tuple[float, ...]] = []
    epoch = 0
    for event in predict_photos(run, list(by_path), device, stop, which, decided=False):
        if isinstance(event, ImagePrediction):
            photos.append(by_path[event.path])
            outputs.append(event.probabilities or (event.number or 0.0,))
            epoch = event.epoch
        elif isinstance(event, ImageSkipped):
            yield Warned(f"{by_path[event.path].path} was left out: {event.reason}.")
        else:
            yield event
    if not photos:
        raise UserError(
            f"None of the photos in {dataset.folder} can be read.",
            "If they were moved, give their current folder with --data.",
            dataset.folder,
        )
    return tuple(photos), outputs, epoch


def _warn_of_changes(run: Path, photos: tuple[Photo, ...], contents: tuple[str, ...]) -> Generator[Warned, None, None]:
    """Warn of photos whose content is no longer that of the run."""
    recorded = {photo.path: photo.content for photo in photos_file.read(run)}
    pairs = zip(photos, contents, strict=True)
    changed = [photo.path for photo, content in pairs if recorded.get(photo.path, content) != content]
    if changed:
        more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
        yield Warned(f"{changed[0]}{more}: changed since the run began.", "The photos are evaluated as they are now.")
