"""Predictions of many photos: a table that is written row by row, and folders by predicted class."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.commands.backbones import available_for
from studio.commands.predictions import model_identity
from studio.data.sorted_folders import PhotoSorter
from studio.data.tables.predictions.rows import Answered
from studio.data.tables.predictions.table import PredictionTable
from studio.events import Event, Events, ImagePrediction, ImageSkipped, Stage, TableWritten
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.spec import UserError


@dataclass(frozen=True)
class Outputs:
    """Where the predictions go.

    Attributes:
        table: File for a table, .csv or .parquet; None for none.
        sort_into: Folder in which the photos are sorted by class; None for none.
        links: True to sort links to the photos, False to sort copies.
    """

    table: Path | None = None
    sort_into: Path | None = None
    links: bool = True


def predict(
    source: Path, images: Sequence[str], outputs: Outputs, device: str = "auto", which: WeightsChoice | None = None
) -> Work:
    """Predict photos, and all photos of folders, into a table or into folders, or both.

    Photos already in the table are not predicted again, so the same command continues after a stop. Yields
    `ImagePrediction` and `ImageSkipped` as for `results.predict`, and at the end `TableWritten` and `PhotosSorted`.

    Raises:
        UserError: There is no run, the table or folder is of another model or cannot be written, the run predicts
            numbers, which cannot be sorted, or the folder of the photos is gone.
    """

    def work(stop: Stop) -> Events:
        if not source.exists():
            raise UserError(f"There is no run and no exported head at {source}.", "Check the path.", source)
        model = model_identity.of_source(source, which)
        if outputs.sort_into is not None and model["target"]:
            raise UserError(
                f"The run predicts {model['target']}, a number.", "Only classes have folders; use --out.", source
            )
        available_for(source)
        from studio.data import sorted_folders
        from studio.data.tables.predictions import table

        with contextlib.ExitStack() as stack:
            rows = sorter = None
            if outputs.table is not None:
                rows = stack.enter_context(table.opened(outputs.table, model["classes"], model))
            if outputs.sort_into is not None:
                sorting = sorted_folders.opened(
                    outputs.sort_into, model["classes"], outputs.links, model, [os.fspath(image) for image in images]
                )
                sorter = stack.enter_context(sorting)
            without = yield from _predict(source, images, device, which, stop, model, rows, sorter)
        if rows is not None:
            yield TableWritten(str(rows.file), rows.before + rows.added, rows.before, without)
        if sorter is not None:
            yield sorter.result()

    return work


def undo_sorting(folder: Path) -> Work:
    """Remove the links and copies that `predict` made in a folder: `SortingUndone`; see `studio.data.undo_sorting`."""

    def work(stop: Stop) -> Events:
        from studio.data import undo_sorting

        yield Stage("undo", "Removing the sorted files")
        yield from undo_sorting.undo(folder, stop)

    return work


def _predict(
    source: Path,
    images: Sequence[str],
    device: str,
    which: WeightsChoice | None,
    stop: Stop,
    model: dict[str, Any],
    rows: PredictionTable | None,
    sorter: PhotoSorter | None,
) -> Generator[Event, None, int]:
    """Predict the photos that have no row yet; returns the number of photos without a prediction."""
    from studio.data.folder import photo_paths
    from studio.jobs.workers import run_in_thread

    yield Stage("scan", "Listing photos")
    listed = yield from run_in_thread(photo_paths.expand(images), images[0] if images else "")
    done = rows.paths() if rows is not None else set()
    if rows is not None and sorter is not None:
        for earlier in rows.answers():
            sorter.place(earlier)
    without = 0
    for item in (*listed.skipped, *listed.strays):
        skipped = ImageSkipped(item.path, item.reason, item.count, item in listed.strays)
        is_photo = not skipped.stray and not os.path.isdir(item.path)  # noqa: PTH112
        if rows is not None and is_photo and item.path not in done:
            rows.add(skipped)
            without += 1
        yield skipped
    photos = [path for path in listed.photos if path not in done]
    del listed, done
    if not photos:
        return without
    from studio.engine.predict.predict import predict

    with contextlib.closing(predict(source, photos, device, stop, which)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, ImagePrediction):
                _require_same_epoch(model, event, source)
                if rows is not None:
                    rows.add(event)
                if sorter is not None:
                    sorter.place(Answered(event.path, event.predicted, event.sure, bool(event.unlike)))
            elif isinstance(event, ImageSkipped):
                _require_folder(event)
                without += 1
                if rows is not None:
                    rows.add(event)
            yield event
    return without


def _require_same_epoch(model: dict[str, Any], event: ImagePrediction, source: Path) -> None:
    """Raise a `UserError` if the weights were replaced between reading their epoch and loading them."""
    if event.epoch != model["epoch"]:
        raise UserError(
            f"While {source} was being loaded, its training replaced the result by that of epoch {event.epoch}.",
            "Run the command again, or wait until the training has ended.",
            source,
        )


def _require_folder(event: ImageSkipped) -> None:
    """Raise a `UserError` if not only a photo is gone, but its folder."""
    # Otherwise an unplugged drive would fill the table with rows of photos that were “not found”.
    folder = Path(event.path).parent
    if not folder.is_dir():
        raise UserError(
            f"The folder {folder} is gone: it was moved, deleted or unplugged while its photos were read.",
            "Put it back, and run the same command again: it continues.",
            folder,
        )
