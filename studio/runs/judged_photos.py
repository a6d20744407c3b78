"""The photos in a run's splits, and its stored predictions on the validation photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.events import Dataset, JudgedPart, Photo, Split
from studio.events.runs import WeightsChoice
from studio.events.split import PART_WORDS
from studio.jobs.worker_pauses import unhurried
from studio.runs.files import photos_file, predictions_file
from studio.runs.files.record import RunRecord
from studio.spec import UserError


def stored(run: Path, record: RunRecord, folder: str) -> JudgedPart | None:
    """The stored predictions on the validation photos, those of `record.predicted_epoch`; None if there are none.

    Args:
        run: Folder of the run.
        record: Its record.
        folder: Folder of the photos.

    Raises:
        UserError: The predictions cannot be read.
    """
    try:
        rows = predictions_file.read(run)
        photos = predictions_file.photos_of(rows, record.classes, record.target)
        if not rows:
            return None
        numbers, classes = predictions_file.numbers_of, record.classes
        predicted = numbers(rows) if record.target else predictions_file.probabilities_of(rows, classes)
    except (KeyError, ValueError, IndexError) as error:
        file = run / predictions_file.FILE
        raise UserError(
            f"{file} cannot be read ({error}).", "Evaluate the weights instead: --epoch last, or --epoch best.", file
        ) from error
    contents = {photo.path: photo.content for photo in unhurried(photos_file.read(run))}
    return JudgedPart(
        "val",
        record.predicted_epoch,
        folder,
        tuple(photo.path for photo in photos),
        tuple(contents.get(photo.path, "") for photo in unhurried(photos)),
        truth_of(photos, record.target),
        predicted,
    )


def listed(run: Path, record: RunRecord, folder: str) -> Dataset:
    """The training and validation photos that a run began with.

    Raises:
        UserError: Their list is missing or cannot be read, or the record's classes are not those of the predictions.
    """
    predictions_file.require_names(run, record.classes)
    rows = photos_file.read(run)
    if not rows:
        file = run / photos_file.FILE
        raise UserError(
            f"The list of the run's photos, {file}, is missing or cannot be read.",
            "Only its stored validation predictions can be evaluated; leave out --part and --epoch.",
            file,
        )
    photos = tuple(Photo(row.path, row.label, row.split, row.target) for row in unhurried(rows))
    return Dataset(folder, record.classes, photos, target=record.target)


def truth_of(photos: tuple[Photo, ...], target: str) -> np.ndarray[tuple[int], np.dtype[np.int64 | np.float64]]:
    """Labels (N,), or true numbers in regression."""
    if target:
        return np.array([photo.target for photo in photos], np.float64)
    return np.array([photo.label for photo in photos], np.int64)


def weights_of(record: RunRecord, epoch: str | int | None) -> tuple[WeightsChoice, int]:
    """The stored weights that an epoch names, and its number.

    Args:
        record: Record of the run.
        epoch: "best", "last", a number, or None for the result of the run.

    Raises:
        UserError: There is no such epoch, or its weights are not stored.
    """
    last = len(record.epochs)
    best = record.best_epoch or last  # 0 in records without it
    if not last:
        raise UserError(
            f"The run {record.run} ended before its first epoch: there is nothing to evaluate.",
            "Resume it first.",
            record.run,
        )
    if epoch is None:
        return record.result, record.result_epoch or last
    if epoch in ("best", "last"):
        return ("best", best) if epoch == "best" else ("last", last)
    number = int(epoch)
    if number in (last, best):
        return ("last", last) if number == last else ("best", best)
    raise UserError(
        f"The weights of epoch {number} are not stored"
        + (f": the run has {last} epochs." if not 1 <= number <= last else "."),
        f"Choose the best epoch ({best}) or the last one ({last}).",
    )


def require_split(dataset: Dataset, split: Split) -> Dataset:
    """The data set with the photos of one split only.

    Raises:
        UserError: The split has no photos.
    """
    photos = tuple(photo for photo in dataset.photos if photo.split == split)
    if not photos:
        word = PART_WORDS[split]
        hint = "Put photos into a folder “test” beside “train”." if split == "test" else "Choose another part."
        raise UserError(f"The run has no {word} photos in {dataset.folder}.", hint, dataset.folder)
    return Dataset(dataset.folder, dataset.classes, photos, target=dataset.target)
