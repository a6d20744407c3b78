"""Values that follow from the paths of photos alone, shared by successive data sets with the same paths."""

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
"""Number of names that are sorted at once, because no other thread runs meanwhile."""


class PathColumns:
    """Values that follow from the paths alone; see `path_columns`.

    Attributes:
        paths: Relative paths.
    """

    def __init__(self, paths: tuple[str, ...] = ()) -> None:
        self.paths = paths

    @functools.cached_property
    def searched(self) -> tuple[str, ...]:
        """The paths in lower case."""
        # Most paths are in lower case already; a copy of each would cost 5 MB for 60,000 photos.
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
    """Returns the columns of the last paths again if they are the same, as after a change of the journal."""

    def __init__(self) -> None:
        self._last = PathColumns()

    def __call__(self, paths: tuple[str, ...]) -> PathColumns:
        last = self._last
        if last.paths != paths:
            last = self._last = PathColumns(paths)
        return last


path_columns = _LastPaths()


def _sorted_by_name(paths: Sequence[str]) -> NDArray[np.int32]:
    """Rows in the order of the file names; rows with equal names keep their order."""

    def name(row: int) -> str:
        return paths[row].rpartition("/")[2]

    import numpy as np  # imported here, so that the first paint does not wait for it

    # No list of all names is made, because it would fragment the memory.
    starts = range(0, len(paths), CHUNK)
    parts = [np.array(sorted(range(len(paths))[at : at + CHUNK], key=name), np.int32) for at in starts]
    return np.fromiter(heapq.merge(*(map(int, part) for part in parts), key=name), np.int32, len(paths))
