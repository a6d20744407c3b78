"""Columns of the photos of a data set, for filters and orders: computed once by a job, never by the window."""

from __future__ import annotations

import functools
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from studio.events.split import Split

SPLIT_NUMBERS = {"train": 0, "val": 1, "test": 2}
CHUNK = 5000
"""Number of names that are sorted at once: sorting holds the interpreter."""


@dataclass(frozen=True)
class PathColumns:
    """Values that follow from the paths alone; the same for all data sets with the same paths.

    Attributes:
        paths: Relative paths.
        searched: The paths in lower case.
        by_name: Rows in the order of the file names.
    """

    paths: tuple[str, ...]
    searched: tuple[str, ...]
    by_name: NDArray[np.int32]


class PhotoColumns:
    """Columns of photos.

    Attributes:
        labels: Class of each photo by its index.
        splits: Split of each photo by its number in `SPLIT_NUMBERS`.
    """

    def __init__(
        self, paths: tuple[str, ...], labels: Iterable[int], splits: Iterable[Split], targets: Iterable[float]
    ) -> None:
        number = len(paths)
        self._paths = paths
        self._targets = np.fromiter(targets, np.float64, number)
        self.labels = np.fromiter(labels, np.int32, number)
        self.splits = np.fromiter((SPLIT_NUMBERS[split] for split in splits), np.int8, number)

    @property
    def searched(self) -> tuple[str, ...]:
        """The paths in lower case."""
        return self.of_paths.searched

    @functools.cached_property
    def of_paths(self) -> PathColumns:
        """The values that follow from the paths alone."""
        return _of_paths(self._paths)

    @functools.cached_property
    def by_class(self) -> NDArray[np.int32]:
        """Rows in the order of the classes or, in regression, of the numbers."""
        return np.lexsort((self._targets, self.labels)).astype(np.int32)

    @functools.cached_property
    def by_split(self) -> NDArray[np.int32]:
        """Rows in the order of the splits."""
        return np.argsort(self.splits, kind="stable").astype(np.int32)

    def prepare(self) -> None:
        """Compute everything now, in the thread of a job."""
        _ = self.of_paths, self.by_class, self.by_split


class _LastPaths:
    """Columns of the paths of the last data set: a change of the journal leaves the paths as they are."""

    def __init__(self) -> None:
        self._last = PathColumns((), (), np.zeros(0, np.int32))

    def __call__(self, paths: tuple[str, ...]) -> PathColumns:
        last = self._last
        if last.paths == paths:
            return last
        # Most paths are in lower case: the same text twice would cost 5 MB for 60,000 photos.
        searched = tuple(path if (folded := path.casefold()) == path else folded for path in paths)
        self._last = PathColumns(paths, searched, _sorted_by_name(searched))
        return self._last


_of_paths = _LastPaths()


def _sorted_by_name(paths: Sequence[str]) -> NDArray[np.int32]:
    """Rows in the order of the names, those of equal names in their own order."""
    names = [(path.rpartition("/")[2], row) for row, path in enumerate(paths)]
    parts: Iterable[list[tuple[str, int]]] = (sorted(names[at : at + CHUNK]) for at in range(0, len(names), CHUNK))
    return np.fromiter(map(itemgetter(1), heapq.merge(*parts)), np.int32, len(names))
