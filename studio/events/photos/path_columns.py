"""Values that follow from the paths of photos alone: computed once for the data sets of the same photos."""

from __future__ import annotations

import functools
import hashlib
import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 5000
"""Number of names that are sorted at once: sorting holds the interpreter."""


class PathColumns:
    """Values that follow from the paths alone; one object for all data sets with the same paths.

    Attributes:
        paths: Relative paths.
    """

    def __init__(self, paths: tuple[str, ...] = ()) -> None:
        self.paths = paths

    @functools.cached_property
    def searched(self) -> tuple[str, ...]:
        """The paths in lower case."""
        # Most paths are in lower case: the same text twice would cost 5 MB for 60,000 photos.
        return tuple([path if (folded := path.casefold()) == path else folded for path in self.paths])

    @functools.cached_property
    def by_name(self) -> NDArray[np.int32]:
        """Rows in the order of the file names."""
        return _sorted_by_name(self.searched)

    @functools.cached_property
    def files(self) -> frozenset[str]:
        """The paths as a set."""
        return frozenset(self.paths)

    @functools.cached_property
    def files_hash(self) -> bytes:
        """Hash of the paths in any order."""
        return hashlib.blake2b("\0".join(sorted(self.paths)).encode(), digest_size=16).digest()


class _LastPaths:
    """Columns of the paths of the last data set: a change of the journal leaves the paths as they are."""

    def __init__(self) -> None:
        self._last = PathColumns()

    def __call__(self, paths: tuple[str, ...]) -> PathColumns:
        last = self._last
        if last.paths != paths:
            last = self._last = PathColumns(paths)
        return last


path_columns = _LastPaths()


def _sorted_by_name(paths: Sequence[str]) -> NDArray[np.int32]:
    """Rows in the order of the names, those of equal names in their own order."""

    def name(row: int) -> str:
        return paths[row].rpartition("/")[2]

    import numpy as np  # not imported before the first paint

    # Without a list of all names: it would leave gaps in the memory.
    starts = range(0, len(paths), CHUNK)
    parts = [np.array(sorted(range(len(paths))[at : at + CHUNK], key=name), np.int32) for at in starts]
    return np.fromiter(heapq.merge(*(map(int, part) for part in parts), key=name), np.int32, len(paths))
