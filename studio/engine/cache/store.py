"""Feature store: computed features on disk, found by the content of the photo.

A store has rows of one kind: one cut of one network with one preprocessing. Every writer appends to its own segment,
first the rows, then their keys, so that a crash leaves at worst a row without a key, which readers ignore; several
programs may write at once; and an interrupted extraction continues where it stopped. Each key has a checksum: a row
that was damaged on disk, or contains NaN or infinity, is computed again. Rows are read through memory maps: memory use
does not grow with the number of photos.
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
"""Bytes of a disk that an extraction leaves free, if the disk is large enough."""


class FeatureStore:
    """Rows of one shape and type by the digest of their photo.

    Args:
        folder: Folder of this store; created with the first row.
        shape: Shape of a row.
        dtype: `float32` for features, `uint8` for pixels.
        about: Description for people who look into the folder.
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
        """True where there is a valid row. Reads it on the first call. Thread-safe."""
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
        """Remove older rows from the cache before and while those of this many photos are added.

        Args:
            photos: Number of photos whose rows will be in the store.
            limit: Size limit of the whole cache in bytes.

        Returns:
            A warning where this store alone will exceed the limit.

        Raises:
            UserError: The disk has too little space, even without the rest of the cache.
        """
        self._limit = limit
        have = sum(pair.size for pair in self._pairs)
        whole = photos * (self._row_bytes + RECORD.itemsize)
        coming = max(0, whole - have)
        eviction.prune(self._folder.parent, limit, (self._folder,), coming)
        free = _free(self._folder)
        if coming > free:
            raise UserError(
                f"The features of these photos need {size(coming)} on the disk of {self._folder.parent}, "
                f"but only {size(free)} can be used.",
                "Free some space, or choose a smaller image size or other frozen layers, so that less is cached.",
                self._folder.parent,
            )
        if whole <= limit:
            return None
        return Warned(
            f"The features of these photos need {size(whole)}, more than the cache limit of {size(limit)}.",
            "They stay while they are in use and are removed afterwards. “thaw cache --limit” raises the limit.",
        )

    def put(self, digests: Sequence[bytes], rows: NDArray[np.generic]) -> None:
        """Append rows of shape (N, *shape); digests that exist already are skipped.

        Raises:
            OSError: The disk is full or the folder cannot be written. Rows added before stay.
        """
        fresh = {digest: index for index, digest in enumerate(digests) if digest not in self}
        if not fresh:
            return
        block = np.ascontiguousarray(rows[list(fresh.values())], dtype=self._dtype)
        try:
            self._append(list(fresh), block)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            if not full or not eviction.free_space(self._folder.parent, STEP + block.nbytes, (self._folder,)):
                raise
            self._append(list(fresh), block)
        self._watch(block.nbytes)

    def rows(self, digests: Sequence[bytes]) -> Rows:
        """The rows of these digests, in this order, read on demand.

        Raises:
            KeyError: A digest is not in the store.
        """
        self.close()
        missing = next((digest for digest in digests if digest not in self), None)
        if missing is not None:
            raise KeyError(missing.hex())
        where = np.fromiter((self._places[digest] for digest in digests), np.int64, len(digests))
        where = np.stack(np.divmod(where, _MOST_ROWS), axis=1)
        used = {number: pair for number in np.unique(where[:, 0]) if isinstance(pair := self._pairs[number], Segment)}
        for pair in used.values():
            with contextlib.suppress(OSError):  # another program may have removed it: the mapping stays valid
                os.utime(pair.rows.with_suffix(eviction.KEYS))
        if self._limit is not None:
            eviction.prune(self._folder.parent, self._limit, {pair.rows for pair in used.values()})
        return Rows(used, where, self._shape, self._dtype)

    def close(self) -> None:
        """Finish the segment that is being written."""
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
        """Check the limit from time to time: other programs write, too, and there may be more photos than expected."""
        self._unwatched += written
        if self._limit is not None and self._unwatched >= STEP:
            self._unwatched = 0
            eviction.prune(self._folder.parent, self._limit, (self._folder,))

    def _read(self, keys: Path) -> None:
        try:
            rows = keys.with_suffix(eviction.ROWS)
            with rows.open("rb") as file:
                pair = Segment(rows, file, keys.read_bytes(), self._row_bytes, dtype=self._dtype.name)
        except OSError:  # incomplete, or just removed
            return
        number = len(self._pairs)
        self._pairs.append(pair)
        for row, digest in enumerate(pair.digests()):
            place = number * _MOST_ROWS + row
            if self._places.setdefault(digest, place) != place:
                self._others.setdefault(digest, []).append(place)

    def _drop(self, digest: bytes, place: int) -> None:
        """Drop an invalid row, in favor of another one of the same photo where there is one."""
        with self._repair:
            if self._places.get(digest) != place:
                return
            others = self._others.get(digest)
            if others:
                self._places[digest] = others.pop()
            else:
                del self._places[digest]


class Rows:
    """Rows of a store in a chosen order; read from disk on demand.

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
"""Bytes that the system maps for one row: Linux maps sixteen pages at a time."""

_MOST_ROWS = 1 << 40
"""Largest number of rows in a file; a row's global index is the file's number times this, plus its index."""


def size(number: int) -> str:
    """A number of bytes: "1.2 GB"."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.1f} MB"


def _free(folder: Path) -> int:
    """Usable bytes on a folder's disk; the folder need not exist yet."""
    existing = next(place for place in (folder, *folder.parents) if place.is_dir())
    disk = shutil.disk_usage(existing)
    return max(0, disk.free - min(SPARE, disk.total // 50))
