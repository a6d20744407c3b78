"""Events about a data set and its photos."""

from __future__ import annotations

import functools
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from studio.events.photos.choices import AppliedChoices
from studio.events.photos.findings import Finding, FindingKind
from studio.events.photos.path_columns import PathColumns, path_columns
from studio.events.split import Split
from studio.spec import SampleKind, ValueRange

if TYPE_CHECKING:
    from studio.events.photos.photo_columns import PhotoColumns


@dataclass(frozen=True, slots=True)
class EstimatedRange:
    """The value range estimated for the photos of a data set whose files state none.

    Attributes:
        kind: Number format of the photos.
        low: Value of black; lower values are black, too.
        high: Value of white; higher values are white, too.
        photos: Number of photos that it was estimated from.
        faint: Number of these photos that it makes nearly black; ignored when ranges are compared.
    """

    kind: SampleKind
    low: float
    high: float
    photos: int
    faint: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StatedRange:
    """A value range that files state.

    Attributes:
        low: Value of black; lower values are black, too.
        high: Value of white; higher values are white, too.
        photos: Number of photos that state it.
    """

    low: float
    high: float
    photos: int


@dataclass(frozen=True)
class ValueRanges:
    """The value ranges with which a run reads photos of more than 8 bits.

    Attributes:
        chosen: The range chosen by the user for all photos; None for the range that each file states, or the estimate.
        estimated: Ranges for photos whose files state none; empty without such photos.
        by_photo: True for runs of version 0.1, which scaled each photo by its own extremes.
    """

    chosen: ValueRange | None = None
    estimated: tuple[EstimatedRange, ...] = ()
    by_photo: bool = False


@dataclass(frozen=True)
class RangesEstimated:
    """The value ranges of a run or an export; sent once they are estimated."""

    ranges: ValueRanges


@dataclass(frozen=True)
class DeepPhotos:
    """The photos of more than 8 bits of a data set.

    Attributes:
        photos: Number of photos.
        stated: Ranges that files state.
        estimated: Ranges estimated for the photos whose files state none.
    """

    photos: int
    stated: tuple[StatedRange, ...] = ()
    estimated: tuple[EstimatedRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a data set.

    Attributes:
        path: Relative to the data set's folder, with forward slashes.
        label: Index into the data set's classes; 0 in regression.
        split: Its part of the data set.
        target: Regression target; 0 in classification.
    """

    path: str
    label: int
    split: Split
    target: float = 0.0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out, with the reason for the user.

    Attributes:
        path: Relative to the data set's folder; the first one where several are grouped.
        reason: Continues a sentence that begins with “it is” or “it”.
        count: Number of grouped files or folders.
    """

    path: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class PhotoNote:
    """A note on a photo, or a folder of photos, that is used.

    Attributes:
        path: Relative to the data set's folder.
        text: The note: "first of 5 pages used".
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a data set cannot be used for training, with a hint on what to do."""

    title: str
    hint: str


@dataclass(frozen=True)
class Dataset:
    """A scanned folder.

    Attributes:
        folder: Absolute path.
        classes: Names in the order of the labels; in regression only the name of the target.
        photos: Usable photos, sorted by path.
        skipped: Files and folders that are left out.
        split_found: True where the folder has its own split, False where the program made one.
        split_pending: True while the split is provisional, because photos have to be opened to divide them.
        groupings: Number of groups of photos by “folder” and, after the check, “date” and “camera”; 0 for none.
        problems: Reasons why it cannot be used for training.
        checked: True once every photo was opened, so that `skipped` is complete.
        target: Name of the regression target; "" in classification.
        deep: Photos of more than 8 bits; None where there are none, or before the check.
        notes: Notes on folders and, after the check, on single photos.
        choices: The user's choices that apply; excluded photos are in `skipped`.
        excluded: Photos that the user excluded, sorted by path; they are not in `photos`.
        findings: Findings of the data check, the most harmful first; empty before it.
        sizes: Width and height of an upright photo of each shape, and the number of photos of this shape; empty before
            the check.
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
    choices: AppliedChoices = field(default_factory=AppliedChoices)
    findings: tuple[Finding, ...] = ()
    sizes: tuple[tuple[int, int, int], ...] = ()
    excluded: tuple[Photo, ...] = ()
    split_pending: bool = False
    groupings: tuple[tuple[str, int], ...] = ()

    def counts(self) -> dict[str, list[int]]:
        """Photos of each class per split: `{"train": [98, 99], "val": [25, 24]}`. Empty splits are omitted."""
        return {name: list(row) for name, row in self._count_table.items()}

    def index_of(self, path: str) -> int:
        """Index of the photo at a relative path; -1 where there is none."""
        index = bisect_left(self.photos, path, key=attrgetter("path"))  # fast where the photos are sorted
        if index < len(self.photos) and self.photos[index].path == path:
            return index
        return next((index for index, photo in enumerate(self.photos) if photo.path == path), -1)

    def index_of_file(self, file: str) -> int:
        """Index of the photo at an absolute path; -1 where there is none."""
        path = Path(file)
        return self.index_of(path.relative_to(self.folder).as_posix()) if path.is_relative_to(self.folder) else -1

    def file(self, index: int) -> str:
        """Absolute path of the photo at an index."""
        return str(Path(self.folder, self.photos[index].path))

    @functools.cached_property
    def files(self) -> frozenset[str]:
        """Relative paths of all photos."""
        return self._paths_of_photos.files

    @functools.cached_property
    def files_hash(self) -> bytes:
        """Hash of the relative paths of all photos in any order: comparing sets of 50,000 would block a window."""
        return self._paths_of_photos.files_hash

    @functools.cached_property
    def shown(self) -> tuple[Photo, ...]:
        """The photos and the excluded ones, sorted by path: those that a window shows."""
        if not self.excluded:
            return self.photos
        return tuple(sorted((*self.photos, *self.excluded), key=attrgetter("path")))

    @functools.cached_property
    def shown_paths(self) -> tuple[str, ...]:
        """Relative paths of `shown`."""
        return path_columns(tuple([photo.path for photo in self.shown])).paths

    @functools.cached_property
    def columns(self) -> PhotoColumns:
        """Columns of `shown`."""
        from studio.events.photos.photo_columns import PhotoColumns

        columns = (map(attrgetter(name), self.shown) for name in ("label", "split", "target"))
        return PhotoColumns(self.shown_paths, *columns)

    @functools.cached_property
    def kinds_by_path(self) -> dict[str, tuple[FindingKind, ...]]:
        """Kinds of the findings about each photo that has any, the most harmful first; without those about classes."""
        kinds: dict[str, dict[FindingKind, None]] = {}
        for finding in self.findings:
            for one in finding.photos if not finding.classes else ():
                for path in (one,) if isinstance(one, str) else one:
                    kinds.setdefault(path, {})[finding.kind] = None
        return {path: tuple(some) for path, some in kinds.items()}

    @property
    def _paths_of_photos(self) -> PathColumns:
        if self.excluded:
            return PathColumns(tuple([photo.path for photo in self.photos]))
        return path_columns(self.shown_paths)

    @functools.cached_property
    def _count_table(self) -> dict[str, list[int]]:
        # Cached by the job that lists the data set, so that the window never counts 50,000 photos.
        table = {name: [0] * len(self.classes) for name in ("train", "val", "test")}
        for photo in self.photos:
            table[photo.split][photo.label] += 1
        return {name: row for name, row in table.items() if any(row)}


@dataclass(frozen=True)
class DatasetScanned:
    """The data set in a folder; sent after listing it, and again after checking every photo."""

    dataset: Dataset
