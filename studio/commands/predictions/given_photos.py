"""The jobs that predict the photos given to the Use page of the window."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Sequence, Set
from pathlib import Path
from typing import cast

from studio.commands.predictions.folder import Outputs, undo_sorting
from studio.commands.predictions.folder import predict as predict_into
from studio.commands.results import label_next, predict, watch_camera
from studio.events import (
    CameraFrame,
    CameraSeen,
    Event,
    Events,
    GivenPhoto,
    ImagePrediction,
    ImageSkipped,
    PhotosPredicted,
    PhotosSorted,
    PhotoTraced,
    PredictionTrace,
    Saved,
    TableWritten,
    Warned,
)
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.runs import folder as runs
from studio.spec import UserError

MOST_CLASSES = 5
"""Number of classes whose probabilities are listed: all, for 10,000 photos of 1,000 classes, would take 0.3 GB."""

MOST_PHOTOS, EVERY_S = 256, 0.1
"""Most answers in one event, and seconds between two events: the window draws its list once for each event."""

MANY, SELDOM_S = 2000, 0.5
"""Number of answers from which on events come less often, and seconds between them.

Qt lays out the whole list for each event, which takes 50 ms for 10,000 rows.
"""


def predict_given(run: str, paths: Sequence[str], which: WeightsChoice, known: Set[str] = frozenset()) -> Work:
    """Predict photos, and all photos of folders, with the best or last epoch of a run; yields `PhotosPredicted`.

    Photos whose paths are `known` are left out.

    Raises:
        UserError: There is no run, its weights are missing, or its own network may not be run.
    """

    def work(stop: Stop) -> Events:
        predicted = predict(Path(run), list(paths), which=which, known=known)(stop)
        order = _Order(paths)
        classes: tuple[str, ...] | None = None
        ready: list[GivenPhoto] = []
        count, due = 0, time.monotonic() + EVERY_S
        with contextlib.closing(cast("Generator[Event, None, None]", predicted)) as events:
            for event in events:
                if isinstance(event, ImagePrediction):
                    classes = runs.read(Path(run)).classes if classes is None else classes
                    ready += order.add(_answer(event, classes))
                elif isinstance(event, ImageSkipped):
                    more = f" ({event.count:,} files)" if event.count > 1 else ""
                    ready += order.add(GivenPhoto(event.path, why=f"{event.reason}{more}"))
                else:
                    yield event
                if ready and (len(ready) >= MOST_PHOTOS or time.monotonic() >= due):
                    yield PhotosPredicted(run, tuple(ready))
                    count += len(ready)
                    ready.clear()
                    due = time.monotonic() + (EVERY_S if count < MANY else SELDOM_S)
        ready += order.rest()
        if ready:
            yield PhotosPredicted(run, tuple(ready))

    return work


class _Order:
    """Restores the order in which photos were given: unreadable ones are reported before the first prediction."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._places = {path: place for place, path in enumerate(paths)}
        self._early: list[tuple[int, GivenPhoto]] = []

    def add(self, photo: GivenPhoto) -> list[GivenPhoto]:
        """Add a photo; returns those that can be shown now, in order. An unreadable one waits for its turn."""
        place = self._place(photo.path)
        if photo.why:
            self._early.append((place, photo))
            return []
        due = [pair for pair in self._early if pair[0] < place]
        self._early = [pair for pair in self._early if pair[0] >= place]
        return [*self._sorted(due), photo]

    def rest(self) -> list[GivenPhoto]:
        """The unreadable photos that still wait at the end."""
        return self._sorted(self._early)

    @staticmethod
    def _sorted(pairs: list[tuple[int, GivenPhoto]]) -> list[GivenPhoto]:
        return [photo for _, photo in sorted(pairs, key=lambda pair: pair[0])]

    def _place(self, path: str) -> int:
        """Position of the photo, or of the folder that contains it, among the given paths."""
        if path in self._places:
            return self._places[path]
        return next((self._places[str(one)] for one in Path(path).parents if str(one) in self._places), 0)


def watch_given(run: str, camera: int, which: WeightsChoice) -> Work:
    """Predict what a camera sees with the best or last epoch of a run, until it is stopped; yields `CameraSeen`.

    Raises:
        UserError: As in `predict_given`, or OpenCV is not installed, or there is no camera.
    """

    def work(stop: Stop) -> Events:
        watched = watch_camera(Path(run), camera, which=which)(stop)
        classes: tuple[str, ...] | None = None
        with contextlib.closing(cast("Generator[Event, None, None]", watched)) as events:
            for event in events:
                if isinstance(event, CameraFrame):
                    classes = runs.read(Path(run)).classes if classes is None else classes
                    yield CameraSeen(run, event.pixels, _answer(event.prediction, classes))
                else:
                    yield event

    return work


def label_given(run: str, paths: Sequence[str], number: int, which: WeightsChoice) -> Work:
    """Choose which of the given photos to label next; yields `PhotosToLabel`.

    Raises:
        UserError: As in `results.label_next`.
    """

    def work(stop: Stop) -> Events:
        chosen = label_next(Path(run), list(paths), number, which=which)(stop)
        with contextlib.closing(cast("Generator[Event, None, None]", chosen)) as events:
            for event in events:
                if not isinstance(event, ImagePrediction | ImageSkipped):
                    yield event

    return work


def trace_given(run: str, path: str, which: WeightsChoice) -> Work:
    """Compute the steps from a photo to its prediction; yields `PhotoTraced`.

    Raises:
        UserError: As in `predict_given`, or the photo cannot be read.
    """

    def work(stop: Stop) -> Events:
        traced = predict(Path(run), [path], which=which, with_trace=True)(stop)
        with contextlib.closing(cast("Generator[Event, None, None]", traced)) as events:
            for event in events:
                if isinstance(event, PredictionTrace):
                    yield PhotoTraced(run, which, event)
                elif isinstance(event, ImageSkipped):
                    raise UserError(f"{path} cannot be predicted: {event.reason}.", "Choose another photo.", path)
                elif not isinstance(event, Warned):  # predicting the photo has said so before
                    yield event

    return work


def write_given(run: str, paths: Sequence[str], which: WeightsChoice, table: str, folder: str, links: bool) -> Work:
    """Write the answers for photos to a table, or sort the photos into folders by answer; yields `Saved`.

    Args:
        run: Folder of the run.
        paths: The photos.
        which: Its best or last epoch.
        table: CSV or Parquet file; "" for none.
        folder: Folder for the sorted photos; "" for none.
        links: True to sort links to the photos, False to sort copies.

    Raises:
        UserError: As in `predict_given`, or the file or folder is that of another run or cannot be written.
    """

    def work(stop: Stop) -> Events:
        outputs = Outputs(Path(table) if table else None, Path(folder) if folder else None, links)
        written = predict_into(Path(run), list(paths), outputs, which=which)(stop)
        with contextlib.closing(cast("Generator[Event, None, None]", written)) as events:
            for event in events:
                if isinstance(event, TableWritten):
                    yield Saved(event.path, "answers")
                elif isinstance(event, PhotosSorted):
                    if event.failed:
                        path, reason = event.failed[0]
                        more = f" and {len(event.failed) - 1:,} more" if len(event.failed) > 1 else ""
                        yield Warned(
                            f"{path}{more} could not be sorted: {reason}.", f"{event.listing} lists the others."
                        )
                    yield Saved(event.folder, "sorted")
                elif not isinstance(event, ImagePrediction | ImageSkipped):
                    yield event

    return work


def unsort_given(folder: str) -> Work:
    """Remove the links and copies that were sorted into a folder; yields `SortingUndone` and `Saved`."""

    def work(stop: Stop) -> Events:
        yield from undo_sorting(Path(folder))(stop)
        yield Saved(folder, "unsorted")

    return work


def _answer(event: ImagePrediction, classes: tuple[str, ...]) -> GivenPhoto:
    shares = event.probabilities
    best = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)[:MOST_CLASSES]
    return GivenPhoto(
        event.path,
        event.predicted,
        tuple((classes[place], shares[place]) for place in best),
        len(shares) - len(best),
        event.number,
        event.epoch,
        event.sure,
        event.unlike,
        event.distance,
    )
