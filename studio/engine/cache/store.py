"""Computed features on disk, found again by what is in the photo.

A *shelf* holds rows of one kind: one cut of one network with one preprocessing. Every writer appends to a pair of files
of its own, first the rows, then their keys, so that a crash leaves at worst a row without a key, which nobody
looks at; several programs may write at once; and an interrupted extraction goes on where it stopped. Beside each key
stands a checksum: a row that a disk gave back otherwise, or that holds NaN or infinity, is computed again. Rows are
read through memory maps: memory does not grow with the number of photos.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from studio.engine.cache import eviction
from studio.engine.cache.eviction import KEY_BYTES as KEY_BYTES
from studio.engine.cache.eviction import prune as prune
from studio.engine.cache.segments import RECORD, STEP, Segment, SegmentWriter
from studio.events import Warned
from studio.spec import UserError

SPARE = 256 << 20
"""Bytes of a disk that an extraction leaves free, where the disk is large enough to have them."""


class FeatureStore:
    """Rows of one shape and type by the digest of the photo they come from.

    Args:
        folder: Of this shelf alone; made when the first row is put in.
        shape: Of one row.
        dtype: `float32` for features, `uint8` for pixels.
        about: Words for people who look into the folder.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: str, about: dict[str, object]) -> None:
        self._folder = folder
        self._shape = shape
        self._dtype = np.dtype(dtype)
        self._row_bytes = int(np.prod(shape)) * self._dtype.itemsize
        self._about = about
        self._pairs: list[Segment | SegmentWriter] = []
        self._places: dict[bytes, int] = {}
        self._others: dict[bytes, list[int]] = {}
        self._repair = threading.Lock()
        self._writer: SegmentWriter | None = None
        self._limit: int | None = None
        self._unwatched = 0
        for keys in sorted(folder.glob(f"*{eviction.KEYS}")):
            self._read(keys)

    def __contains__(self, digest: bytes) -> bool:
        """True where there is a row that is what was written. Reads it the first time; threads may ask at once."""
        while (place := self._places.get(digest)) is not None:
            pair, row = divmod(place, _MOST_ROWS)
            if self._pairs[pair].sound(row):
                return True
            self._drop(digest, place)
        return False

    def __enter__(self) -> FeatureStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def make_room(self, photos: int, limit: int) -> Warned | None:
        """Let older rows go before those of so many photos come, and from now on as they come.

        Args:
            photos: Of which all rows are to be on the shelf in the end.
            limit: Bytes the whole cache may take.

        Returns:
            A word where this shelf alone will take more than that.

        Raises:
            UserError: The disk has not the room, even without the rest of the cache.
        """
        self._limit = limit
        have = sum(pair.taken for pair in self._pairs)
        whole = photos * (self._row_bytes + RECORD.itemsize)
        coming = max(0, whole - have)
        eviction.prune(self._folder.parent, limit, (self._folder,), coming)
        free = _free(self._folder)
        if coming > free:
            raise UserError(
                f"What is kept of these photos takes {size(coming)} on the disk of {self._folder.parent}, "
                f"and {size(free)} of it can be used.",
                "Free some space, or choose a smaller image size or other frozen layers, so that less is kept.",
                self._folder.parent,
            )
        if whole <= limit:
            return None
        return Warned(
            f"What is kept of these photos takes {size(whole)}, more than the {size(limit)} the cache may take.",
            "It stays while it is in use and goes when something else is computed. “thaw cache --limit” allows more.",
        )

    def put(self, digests: Sequence[bytes], rows: NDArray[np.generic]) -> None:
        """Append rows of shape (N, *shape); digests that are there already are left alone.

        Raises:
            OSError: The disk is full or the folder cannot be written. What was put in before stays.
        """
        fresh = {digest: index for index, digest in enumerate(digests) if digest not in self}
        if not fresh:
            return
        block = np.ascontiguousarray(rows[list(fresh.values())], dtype=self._dtype)
        try:
            self._append(list(fresh), block)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            if not full or not eviction.give_way(self._folder.parent, STEP + block.nbytes, (self._folder,)):
                raise
            self._append(list(fresh), block)
        self._watch(block.nbytes)

    def rows(self, digests: Sequence[bytes]) -> Rows:
        """The rows of these digests, in this order, to be read piece by piece.

        Raises:
            KeyError: One is not on the shelf.
        """
        self.close()
        missing = next((digest for digest in digests if digest not in self), None)
        if missing is not None:
            raise KeyError(missing.hex())
        where = np.fromiter((self._places[digest] for digest in digests), np.int64, len(digests))
        where = np.stack(np.divmod(where, _MOST_ROWS), axis=1)
        used = {number: pair for number in np.unique(where[:, 0]) if isinstance(pair := self._pairs[number], Segment)}
        for pair in used.values():
            with contextlib.suppress(OSError):  # another program may have removed it: the map still holds
                os.utime(pair.rows.with_suffix(eviction.KEYS))
        if self._limit is not None:
            eviction.prune(self._folder.parent, self._limit, {pair.rows for pair in used.values()})
        return Rows(used, where, self._shape, self._dtype)

    def close(self) -> None:
        """Let go of the file being written."""
        if self._writer is not None:
            self._pairs[self._pairs.index(self._writer)] = self._writer.close()
            self._writer = None

    def _append(self, digests: list[bytes], block: NDArray[np.generic]) -> None:
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            eviction.describe(self._folder, self._about)
            self._writer = SegmentWriter(self._folder / f"{uuid.uuid4().hex}{eviction.ROWS}", self._row_bytes)
            self._pairs.append(self._writer)
        first = self._writer.append(digests, block) + self._pairs.index(self._writer) * _MOST_ROWS
        self._places |= {digest: first + index for index, digest in enumerate(digests)}

    def _watch(self, written: int) -> None:
        """Other programs write, too, and photos may be more than was thought: look again from time to time."""
        self._unwatched += written
        if self._limit is not None and self._unwatched >= STEP:
            self._unwatched = 0
            eviction.prune(self._folder.parent, self._limit, (self._folder,))

    def _read(self, keys: Path) -> None:
        try:
            rows = keys.with_suffix(eviction.ROWS)
            with rows.open("rb") as file:
                pair = Segment(rows, file, keys.read_bytes(), self._row_bytes, dtype=self._dtype.name)
        except OSError:  # torn, or gone meanwhile
            return
        number = len(self._pairs)
        self._pairs.append(pair)
        for row, digest in enumerate(pair.digests()):
            place = number * _MOST_ROWS + row
            if self._places.setdefault(digest, place) != place:
                self._others.setdefault(digest, []).append(place)

    def _drop(self, digest: bytes, place: int) -> None:
        """Forget a row that is not what was written, for another one of the same photo where there is one."""
        with self._repair:
            if self._places.get(digest) != place:
                return
            others = self._others.get(digest)
            if others:
                self._places[digest] = others.pop()
            else:
                del self._places[digest]


class Rows:
    """Rows of a shelf in a chosen order; read from disk as they are asked for.

    Attributes:
        shape: (N, *row shape).
    """

    def __init__(
        self,
        pairs: dict[int, Segment],
        where: NDArray[np.int64],
        row_shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
    ) -> None:
        self._pairs = pairs
        self._maps = {number: pair.mapped(row_shape, dtype) for number, pair in pairs.items()}
        self._where = where
        self._dtype = dtype
        self._unreleased = 0
        self.shape = (len(where), *row_shape)

    def __len__(self) -> int:
        return len(self._where)

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.generic]:
        """Rows at these positions, as (len(indices), *row shape) in memory."""
        where = self._where[indices]
        block = np.empty((len(where), *self.shape[1:]), self._dtype)
        for number, mapped in self._maps.items():
            mine = where[:, 0] == number
            if mine.any():
                block[mine] = mapped[where[mine, 1]]
        self._unreleased += len(where) * max(PAGES, block.nbytes // max(1, len(where)))
        if self._unreleased >= STEP:
            self._unreleased = 0
            for pair in self._pairs.values():
                pair.release()
        return block


PAGES = 64 << 10
"""Bytes that a system shows a program of a file where it asks for one row: Linux maps sixteen pages at a time."""

_MOST_ROWS = 1 << 40
"""Rows a file may hold; a place is the file's number times this, plus the row's."""


def size(number: int) -> str:
    """Bytes for people: "1.2 GB"."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.1f} MB"


def _free(folder: Path) -> int:
    """Bytes of a folder's disk that may be used; the folder need not be there yet."""
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    disk = shutil.disk_usage(there)
    return max(0, disk.free - min(SPARE, disk.total // 50))
