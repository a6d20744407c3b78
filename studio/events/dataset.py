"""Events about a data set and its photos."""

from __future__ import annotations

import functools
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.spec import AugmentSpec, PreprocessSpec, SampleKind, ValueRange

Split = Literal["train", "val", "test"]


@dataclass(frozen=True, slots=True)
class EstimatedRange:
    """Black and white of the photos of one data set whose files state no range.

    Attributes:
        kind: Kind of the numbers they are stored in.
        low: Black, and all below it.
        high: White, and all above it.
        photos: How many photos it was estimated from.
        faint: How many of these it leaves nearly black; not a part of the range.
    """

    kind: SampleKind
    low: float
    high: float
    photos: int
    faint: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StatedRange:
    """Black and white as stated in files.

    Attributes:
        low: Black, and all below it.
        high: White, and all above it.
        photos: How many photos state it.
    """

    low: float
    high: float
    photos: int


@dataclass(frozen=True)
class ValueRanges:
    """The values that become black and white in photos of more than 8 bits.

    Attributes:
        chosen: The user's choice, for all photos; None for each file's own range, or else the estimate.
        estimated: Ranges of photos whose file states none; empty where there was no such photo.
        by_photo: True for runs of version 0.1, where each photo was scaled by its own extremes.
    """

    chosen: ValueRange | None = None
    estimated: tuple[EstimatedRange, ...] = ()
    by_photo: bool = False


@dataclass(frozen=True)
class RangesEstimated:
    """The value ranges of a run are known: the first photo that needs an estimate was read."""

    ranges: ValueRanges


@dataclass(frozen=True)
class DeepPhotos:
    """The photos of more than 8 bits of a data set.

    Attributes:
        photos: Number of photos.
        stated: Each range that is stated in files.
        estimated: Ranges of those whose files state none.
    """

    photos: int
    stated: tuple[StatedRange, ...] = ()
    estimated: tuple[EstimatedRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a data set.

    Attributes:
        path: Relative to the data set's folder, with forward slashes.
        label: Index into the data set's classes; 0 where numbers are learned.
        split: Part of the data set that it belongs to.
        target: Number to be learned; 0 where classes are learned.
    """

    path: str
    label: int
    split: Split
    target: float = 0.0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out, with the reason in words for the user.

    Attributes:
        path: Relative to the data set's folder; of several of a kind the first.
        reason: Continues “it is …”, “it …”.
        count: Number of files or folders of this kind.
    """

    path: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class PhotoNote:
    """A note on a photo, or a folder of photos, that is used.

    Attributes:
        path: Relative to the data set's folder.
        text: The note in words: "first of 5 pages used".
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a data set cannot be trained on, and what to do."""

    title: str
    hint: str


@dataclass(frozen=True)
class Dataset:
    """A scanned folder.

    Attributes:
        folder: Absolute path.
        classes: Names in the order of the labels; where numbers are learned, only the name of the number.
        photos: Usable photos, sorted by path.
        skipped: Files and folders that are left out.
        split_found: True where the folder has `train/` and `val/`; False where the split was made here.
        problems: Reasons why it cannot be trained on; empty where there are none.
        checked: True once every photo has been opened, so that `skipped` is complete.
        target: Name of the number that is learned (regression); "" where classes are learned.
        deep: Photos of more than 8 bits; None where there are none, or where it is not `checked`.
        notes: Notes on folders and, once it is `checked`, on single photos.
    """

    folder: str
    classes: tuple[str, ...]
    photos: tuple[Photo, ...]
    skipped: tuple[Skipped, ...] = ()
    split_found: bool = False
    problems: tuple[Problem, ...] = ()
    checked: bool = False
    target: str = ""
    deep: DeepPhotos | None = None
    notes: tuple[PhotoNote, ...] = ()

    def counts(self) -> dict[str, list[int]]:
        """Photos per split, one number a class: `{"train": [98, 99], "val": [25, 24]}`. Empty splits are left out."""
        return {name: list(row) for name, row in self._counted.items()}

    def place(self, path: str) -> int:
        """Index of the photo at a relative path; -1 where there is none."""
        place = bisect_left(self.photos, path, key=attrgetter("path"))  # quick where photos are sorted
        if place < len(self.photos) and self.photos[place].path == path:
            return place
        return next((place for place, photo in enumerate(self.photos) if photo.path == path), -1)

    def place_of_file(self, file: str) -> int:
        """Index of the photo at an absolute path; -1 where there is none."""
        path = Path(file)
        return self.place(path.relative_to(self.folder).as_posix()) if path.is_relative_to(self.folder) else -1

    def file(self, place: int) -> str:
        """Absolute path of the photo at an index."""
        return str(Path(self.folder, self.photos[place].path))

    @functools.cached_property
    def files(self) -> frozenset[str]:
        """Relative paths of all photos."""
        return frozenset(photo.path for photo in self.photos)

    @functools.cached_property
    def _counted(self) -> dict[str, list[int]]:
        # Once, by the job that makes the data set, so that the window never counts 50,000 photos.
        table = {name: [0] * len(self.classes) for name in ("train", "val", "test")}
        for photo in self.photos:
            table[photo.split][photo.label] += 1
        return {name: row for name, row in table.items() if any(row)}


@dataclass(frozen=True)
class DatasetScanned:
    """A folder was scanned: once when it is listed, and again when every photo was checked."""

    dataset: Dataset


@dataclass(frozen=True)
class Preview:
    """One photo at each step of the preprocessing.

    Attributes:
        path: Absolute path of the photo.
        on_disk: (H, W, 3) uint8, as decoded and turned upright, made smaller for the screen.
        disk_size: Width and height on disk in pixels.
        framed: (h, w, 3) uint8, after resize and crop.
        network_input: (h, w, 3) uint8, the normalized input rescaled to 0…255 for the screen; `lowest` becomes black.
        lowest: Lowest value in the normalized input.
        highest: Highest value in the normalized input.
        steps: Steps of the preprocessing in words, in order.
        spec: Preprocessing that was applied.
        values: Black and white of a photo of more than 8 bits, and where they come from, in words; "" otherwise.
    """

    path: str
    on_disk: NDArray[np.uint8]
    disk_size: tuple[int, int]
    framed: NDArray[np.uint8]
    network_input: NDArray[np.uint8]
    lowest: float
    highest: float
    steps: tuple[str, ...]
    spec: PreprocessSpec
    values: str = ""


@dataclass(frozen=True)
class AugmentedViews:
    """One photo as training sees it: before and after augmentation.

    Attributes:
        path: Absolute path of the photo.
        framed: (h, w, 3) uint8, unchanged.
        views: (N, h, w, 3) uint8, after all steps: as in the first epochs, or the fixed views.
        spec: Augmentation that was applied.
        seconds: Time for one view, on one core.
    """

    path: str
    framed: NDArray[np.uint8]
    views: NDArray[np.uint8]
    spec: AugmentSpec
    seconds: float
