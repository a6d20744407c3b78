"""Columns of the photos of a data set, for filtering and sorting: computed once by a job, never by the window."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from studio.events.photos.path_columns import PathColumns, path_columns
from studio.events.split import Split

SPLIT_NUMBERS = {"train": 0, "val": 1, "test": 2}


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
        return path_columns(self._paths)

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
        _ = self.searched, self.of_paths.by_name, self.by_class, self.by_split
