"""The job that maps the photos of a folder by their features, and finds those whose label is likely wrong."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from studio.catalog import catalog, readouts
from studio.commands.backbones import available
from studio.commands.cache import say_cache_folder
from studio.commands.dataset import require_folder
from studio.commands.imports import imported
from studio.evaluate.photo_map import document
from studio.events import (
    Dataset,
    DatasetScanned,
    Event,
    Events,
    Photo,
    PhotosMapped,
    Saved,
    Stage,
    ValueRanges,
    Warned,
)
from studio.events.photos.photo_map import LabelSuspect, MapMethod
from studio.jobs import libraries
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, Work
from studio.runs import folder as runs
from studio.runs import judged_photos
from studio.spec import BackboneSpec, DatasetSpec, UserError
from studio.system import paths
from studio.system.files import output_file

if TYPE_CHECKING:
    from studio.evaluate.photo_map.neighbors import Neighbors

Result = TypeVar("Result")

STORED_NEIGHBORS = 30
"""Number of neighbors of each photo in the event, which take 120 bytes per photo."""

COUNTED = 10
"""Number of nearest neighbors whose labels are counted for the sentence about a photo."""

SHOWN_EVERY = 0.5
"""Seconds between two events with positions while t-SNE is running."""


def photo_map(
    dataset: DatasetSpec,
    backbone: BackboneSpec,
    method: MapMethod = "tsne",
    device: str = "auto",
    only_stored: bool = False,
) -> Work:
    """Map the photos of a folder; yields `PhotosMapped` several times, each better than the one before.

    Args:
        dataset: The data set.
        backbone: The backbone.
        method: "tsne" or "pca" (the first two principal components).
        device: Device to compute on.
        only_stored: True to yield only a map stored when the same photos were mapped before, or nothing.

    Raises:
        UserError: The folder has no photos, or the weights are missing.
    """

    def work(stop: Stop) -> Events:
        own = available(backbone)
        yield from require_folder(dataset)
        from studio.data.scan import list_photos, require_photos

        yield Stage("scan", "Listing photos")
        listed = yield from list_photos(dataset)
        require_photos(listed)
        from studio.evaluate.photo_map import stored_map

        if only_stored and not stored_map.is_likely_stored(_pointer(listed, own)):
            return
        yield from mapped(listed, own, ValueRanges(dataset.value_range), method, device, stop, only_stored)

    return work


def map_of_run(run: Path, method: MapMethod = "tsne", device: str = "auto", data: Path | None = None) -> Work:
    """Map the photos of a run by the features of its pretrained backbone.

    Args:
        run: Folder of the run.
        method: "tsne" or "pca" (the first two principal components).
        device: Device to compute on.
        data: Current folder of the photos, if they were moved.

    Raises:
        UserError: There is no run, or its photos or weights are missing.
    """

    def work(stop: Stop) -> Events:
        where = paths.expanded(run).absolute()
        where = where.parent if where.name == runs.RUN else where
        record = runs.read(where)
        folder = str(paths.expanded(data).absolute()) if data is not None else record.spec.dataset.folder
        if not paths.is_folder(folder):
            raise UserError(f"There is no folder {folder}.", "Name the current one with --data.", folder)
        listed = judged_photos.listed(where, record, folder)
        yield from mapped(listed, record.spec.backbone, record.value_range, method, device, stop)

    return work


def mapped(
    dataset: Dataset,
    backbone: BackboneSpec,
    ranges: ValueRanges,
    method: MapMethod,
    device: str,
    stop: Stop,
    only_stored: bool = False,
) -> Events:
    """Map photos: features (cached or computed), principal components, neighbors, label errors, t-SNE, in this order.

    A stored map of the same features is yielded at once.
    """
    yield from say_cache_folder()
    yield from imported()
    from studio.engine.predict import folder_features
    from studio.evaluate.photo_map import neighbors, pca, rows, stored_map, tsne

    pointer = _pointer(dataset, backbone)
    extraction = yield from folder_features.of_folder(dataset, backbone, ranges, device, stop)
    dataset = extraction.dataset
    yield DatasetScanned(dataset)
    places = rows.finite_places(extraction.rows)
    photos = [dataset.photos[place] for place in places]
    number = len(photos)
    names = tuple(photo.path for photo in photos)
    shape = extraction.rows.shape
    key = stored_map.key_of(extraction.rows, places, method)
    if (stored := stored_map.load(key, number)) is not None:
        done = tsne.ITERATIONS if method == "tsne" else 0
        near = stored.near
        yield PhotosMapped(
            dataset.folder, backbone, names, shape[1], stored.positions, method, done, True, stored.explained,
            near.places, _suspects(near, photos, dataset),
        )  # fmt: skip
        return
    if only_stored:
        return
    yield Stage("pca", "Placing photos")
    projection = yield from _followed(pca.project(extraction.rows, places), Pace("pca", number), 3, stop)
    result = PhotosMapped(dataset.folder, backbone, names, shape[1], projection.positions)
    result = replace(result, explained=float(projection.explained.sum()))
    yield result
    yield Stage("neighbors", "Comparing photos")
    steps = neighbors.nearest(extraction.rows, places, tsne.NEIGHBORS)
    near = yield from _followed(steps, Pace("neighbors", number), number, stop)
    few = neighbors.Neighbors(near.places[:, :STORED_NEIGHBORS].copy(), near.similarity[:, :STORED_NEIGHBORS].copy())
    result = replace(result, neighbors=few.places, suspects=_suspects(near, photos, dataset))
    yield result
    why = tsne.cannot_run(near, projection.positions) if method == "tsne" else "principal components were chosen"
    if not why:
        try:
            yield from libraries.import_libraries(*tsne.LIBRARIES)
        except ImportError as error:
            why = f"{tsne.LIBRARY} cannot be loaded: {error}"
            yield Warned(f"The map shows principal components, because {why}.", f"Install {tsne.LIBRARY}.")
    if why:
        if method == "pca":
            stored_map.store(key, pointer, stored_map.StoredMap(result.positions, result.explained, few))
        yield replace(result, complete=True)
        return
    yield Stage("tsne", "Arranging photos by t-SNE")
    pace, shown = Pace("tsne", tsne.ITERATIONS, "iterations"), time.monotonic()
    yield pace.end(0)
    for done, positions in tsne.embed(near, projection.positions):
        if stop():
            raise Interrupted
        if (progress := pace.at(done)) is not None:
            yield progress
        if not done:
            continue
        last = done == tsne.ITERATIONS
        if last or time.monotonic() - shown >= SHOWN_EVERY:
            shown = time.monotonic()
            if last:
                stored_map.store(key, pointer, stored_map.StoredMap(positions, result.explained, few))
            yield replace(result, positions=positions, method="tsne", iterations=done, complete=last)
    yield pace.end(tsne.ITERATIONS)


def _pointer(dataset: Dataset, backbone: BackboneSpec) -> str:
    from studio.evaluate.photo_map import stored_map

    # As `repr` gave it before the readout was a setting, so that maps of earlier versions are found.
    former = f"{repr(backbone).rpartition(', readout=')[0]})"
    readout = readouts.chosen(catalog.find(backbone.name), backbone).readout
    return stored_map.pointer_of(dataset.folder, former + readout, (photo.path for photo in dataset.photos))


def _suspects(near: Neighbors, photos: Sequence[Photo], dataset: Dataset) -> tuple[LabelSuspect, ...]:
    """The photos whose label is likely wrong, by the labels that they have now; none in regression."""
    from studio.evaluate.photo_map import neighbors

    if dataset.target:
        return ()
    labels = np.array([photo.label for photo in photos], np.int64)
    wrong, better = neighbors.suspects(near, labels, len(dataset.classes))
    counted = near.places[:, :COUNTED]
    return tuple(
        LabelSuspect(
            photos[place].path,
            dataset.classes[labels[place]],
            dataset.classes[label],
            int((labels[counted[place]] == label).sum()),
            counted.shape[1],
        )
        for place, label in zip(wrong.tolist(), better.tolist(), strict=True)
    )


def written(work: Work, out: Path) -> Work:
    """The job, followed by writing its map to a CSV file, whose path is checked first."""

    def both(stop: Stop) -> Events:
        output_file.require_suffix(out, ".csv")
        output_file.require_writable(out)  # before the computation, which may take long
        dataset, last = None, None
        for event in work(stop):
            dataset = event.dataset if isinstance(event, DatasetScanned) else dataset
            last = event if isinstance(event, PhotosMapped) else last
            yield event
        assert dataset is not None
        assert last is not None
        with output_file.written(out) as temporary:
            temporary.write_text(document.table(last, dataset), encoding="utf-8", newline="")
        yield Saved(str(out), "map")

    return both


def _followed(
    steps: Generator[int, None, Result], pace: Pace, scale: int, stop: Stop
) -> Generator[Event, None, Result]:
    """Run the steps of a computation, yield its progress in photos, and return its result.

    Args:
        steps: Generator that yields the number of units done so far.
        pace: Progress in photos.
        scale: Number of units that count as one photo.
        stop: Checked after each step.

    Raises:
        Interrupted: The job is to stop.
    """
    while True:
        try:
            done = next(steps)
        except StopIteration as end:
            yield pace.end(pace.total)
            result: Result = end.value
            return result
        if stop():
            raise Interrupted
        if (progress := pace.at(done / scale)) is not None:
            yield progress
