"""Which photos of a folder to label next, by a trained run."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.data.bit_depth.reading import Reading
from studio.data.images import decode, measuring
from studio.engine.predict import head_arrays, novelty_file, predict
from studio.engine.predict.novelty_file import Novelty
from studio.evaluate import label_choice, near_features, novelty
from studio.evaluate.label_choice import Doubt
from studio.events import Events, ImagePrediction, PhotosToLabel, PhotoToLabel, Stage
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.runs import head_card
from studio.runs.files import photos_file
from studio.spec import UserError

PER_PHOTO = 10
"""Most doubtful photos among which each one is chosen."""

LEAST = 200
"""Smallest number of photos to choose from: a short list must not have only the most doubtful photos."""


BATCH = 256
"""Photos that are compared with the training photos at once."""


class _Candidate(NamedTuple):
    """A doubtful photo; the most doubtful one is the largest, of equal ones the first."""

    doubt: float
    order: int
    why: str
    prediction: ImagePrediction
    row: NDArray[np.float32]


def label_next(
    source: Path,
    images: Sequence[str],
    number: int,
    device: str = "auto",
    stop: Stop = never,
    which: WeightsChoice | None = None,
) -> Events:
    """Predict photos and choose which to label; see `label_choice`.

    Photos of the run's data set, and those that show the same as one of its training photos, are left out. Only the
    most doubtful photos are in memory.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        images: Paths of photos.
        number: Number of photos to choose.
        device: Device to compute on.
        stop: Checked before each photo.
        which: The last or the best epoch of a run; None for its result.

    Yields:
        `ImagePrediction` and `ImageSkipped` for each photo, and `PhotosToLabel` at the end.

    Raises:
        UserError: The run predicts numbers and stored no features of its training photos.
    """
    is_run = source.is_dir() or source.name == runs.RUN
    run = source if source.is_dir() else source.parent
    about = runs.read(run) if is_run else head_card.read(source)
    saved = head_arrays.read(source, which)
    stored = novelty_file.of_source(source, which, saved.head) if saved is not None else None
    known = {photo.content for photo in photos_file.read(run)} - {""} if is_run else set()
    doubtful = _Doubtful(max(LEAST, PER_PHOTO * number), known, measuring.reading_of(about.value_range), stored)
    predicted = 0
    with closing(predict.with_features(source, images, device, stop, which)) as events:  # type: ignore[type-var]
        for event in events:
            if not isinstance(event, predict.Answer):
                yield event
                continue
            yield event.prediction
            doubt = _doubt(event.prediction, () if about.target else about.classes, source)
            doubtful.add(_Candidate(doubt.value, -predicted, doubt.why, event.prediction, event.row))
            predicted += 1
    yield Stage("choose", "Choosing photos to label")
    candidates = doubtful.sorted()
    rows = np.stack([one.row for one in candidates]) if candidates else np.zeros((0, 1), np.float32)
    chosen = label_choice.choose(np.array([one.doubt for one in candidates], np.float64), rows, number)
    photos = tuple(
        PhotoToLabel(one.prediction.path, one.doubt, one.why, one.prediction.predicted)
        for one in (candidates[place] for place in chosen)
    )
    yield PhotosToLabel(photos, predicted, len(candidates), doubtful.left_out)


class _Doubtful:
    """The most doubtful photos so far, without those that a run knows.

    Args:
        most: Number of photos at most.
        known: Hashes of the photos of the run's data set.
        reading: Rule for the hash of a photo.
        stored: Features of training photos; None without any.

    Attributes:
        left_out: Number of doubtful photos that the run knows.
    """

    def __init__(self, most: int, known: set[str], reading: Reading, stored: Novelty | None) -> None:
        self.left_out = 0
        self._most, self._known, self._reading = most, known, reading
        self._training = np.asarray(stored.rows, np.float32) if stored is not None else None
        self._heap: list[_Candidate] = []
        self._waiting: list[_Candidate] = []

    def add(self, one: _Candidate) -> None:
        """Add a photo, unless `most` photos are more doubtful."""
        if len(self._heap) < self._most or one > self._heap[0]:
            self._waiting.append(one)
            if len(self._waiting) >= BATCH:
                self._settle()

    def sorted(self) -> list[_Candidate]:
        """The photos, the most doubtful first."""
        self._settle()
        return sorted(self._heap, reverse=True)

    def _settle(self) -> None:
        """Add the waiting photos, except those that the run knows."""
        new = [one for one in self._waiting if self._content(one.prediction.path) not in self._known]
        if self._training is not None and new:
            units = novelty.unit(np.stack([one.row for one in new]))
            same = {pair.judged for pair in near_features.pairs(self._training, units)}
            new = [one for place, one in enumerate(new) if place not in same]
        self.left_out += len(self._waiting) - len(new)
        self._waiting = []
        for one in new:
            (heapq.heappush if len(self._heap) < self._most else heapq.heappushpop)(self._heap, one)

    def _content(self, path: str) -> str:
        """Hash of a photo's content, as in the list of a run; "" if the photo can no longer be read."""
        try:
            return self._reading.digest(decode.contents(path)).hex()
        except decode.Unreadable:
            return ""


def _doubt(one: ImagePrediction, classes: Sequence[str], source: Path) -> Doubt:
    if classes:
        return label_choice.of_class(one.probabilities, classes, one.distance)
    if one.distance is None:
        raise UserError(
            f"{source} predicts a number; its doubt needs features of the training photos, which it did not store.",
            "Train again, or use a run that predicts classes.",
            source,
        )
    return label_choice.of_number(one.distance)
