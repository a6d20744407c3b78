"""Feature store: computed features on disk, keyed by the content of the photo.

A store has rows of one kind: one cut of one network with one preprocessing. Every writer appends to its own segment,
first the rows, then their keys: a crash can leave only rows without a key, which readers ignore; several programs may
write at once; and an interrupted extraction continues where it stopped. Each key has a checksum: a row that is damaged,
or contains NaN or infinity, is computed again. Rows are read through memory maps, so that memory use does not grow with
the number of photos.
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
from studio.engine.cache.segments import CHECK_INTERVAL, RECORD, Segment, SegmentWriter
from studio.events import Warned
from studio.spec import UserError

RESERVED_BYTES = 256 << 20
"""Bytes of a large disk that an extraction leaves free; of a small disk, one fiftieth."""


class FeatureStore:
    """Rows of one shape and type, by the digest of their photo.

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
        self._segments: list[Segment | SegmentWriter] = []
        self._indices: dict[bytes, int] = {}
        self._duplicates: dict[bytes, list[int]] = {}
        self._repair = threading.Lock()
        self._writer: SegmentWriter | None = None
        self._limit: int | None = None
        self._unchecked_bytes = 0
        for keys in sorted(folder.glob(f"*{eviction.KEYS}")):
            self._open_segment(keys)

    def __contains__(self, digest: bytes) -> bool:
        """True if the store has a valid row of a photo; reads the row on the first call. Thread-safe."""
        while (index := self._indices.get(digest)) is not None:
            number, row = divmod(index, _MAX_ROWS)
            if self._segments[number].is_valid(row):
                return True
            self._drop_row(digest, index)
        return False

    def __enter__(self) -> FeatureStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def make_room(self, photos: int, limit: int) -> Warned | None:
        """Evict segments of other stores to make room, now and while rows are added.

        Args:
            photos: Number of photos whose rows will be in the store.
            limit: Size limit of the whole cache in bytes.

        Returns:
            A warning if this store alone will exceed the limit.

        Raises:
            UserError: The disk has too little space even after eviction.
        """
        self._limit = limit
        have = sum(segment.size for segment in self._segments)
        whole = photos * (self._row_bytes + RECORD.itemsize)
        incoming = max(0, whole - have)
        eviction.prune(self._folder.parent, limit, (self._folder,), incoming)
        free = _free(self._folder)
        if incoming > free:
            raise UserError(
                f"The features of these photos need {size(incoming)} on the disk of {self._folder.parent}, "
                f"but only {size(free)} are available.",
                "Free some space, or choose a smaller image size or other frozen layers, so that less is cached.",
                self._folder.parent,
            )
        if whole <= limit:
            return None
        return Warned(
            f"The features of these photos need {size(whole)}, more than the cache limit of {size(limit)}.",
            "They stay while they are in use and are removed later. To keep them, raise the limit: with Cache… "
            "on the Features page, or in the terminal with “thaw cache --limit”.",
        )

    def put(self, digests: Sequence[bytes], rows: NDArray[np.generic]) -> None:
        """Append rows (N, *shape); those of digests that exist already are ignored.

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
            if not full or not eviction.free_space(self._folder.parent, CHECK_INTERVAL + block.nbytes, (self._folder,)):
                raise
            self._append(list(fresh), block)
        self._check_limit(block.nbytes)

    def rows(self, digests: Sequence[bytes]) -> Rows:
        """Return the rows of these digests, in this order, which are read on demand.

        Raises:
            KeyError: A digest is not in the store.
        """
        self.close()
        missing = next((digest for digest in digests if digest not in self), None)
        if missing is not None:
            raise KeyError(missing.hex())
        where = np.fromiter((self._indices[digest] for digest in digests), np.int64, len(digests))
        where = np.stack(np.divmod(where, _MAX_ROWS), axis=1)
        used = {
            number: segment
            for number in np.unique(where[:, 0])
            if isinstance(segment := self._segments[number], Segment)
        }
        for segment in used.values():
            with contextlib.suppress(OSError):  # another program may have removed it: the mapping stays valid
                os.utime(segment.rows.with_suffix(eviction.KEYS))
        if self._limit is not None:
            eviction.prune(self._folder.parent, self._limit, {segment.rows for segment in used.values()})
        return Rows(used, where, self._shape, self._dtype)

    def close(self) -> None:
        """Finish the segment that is being written."""
        if self._writer is not None:
            self._segments[self._segments.index(self._writer)] = self._writer.close()
            self._writer = None

    def _append(self, digests: list[bytes], block: NDArray[np.generic]) -> None:
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            eviction.describe(self._folder, self._about)
            self._writer = SegmentWriter(self._folder / f"{uuid.uuid4().hex}{eviction.ROWS}", self._row_bytes)
            self._segments.append(self._writer)
        first = self._writer.append(digests, block) + self._segments.index(self._writer) * _MAX_ROWS
        self._indices |= {digest: first + index for index, digest in enumerate(digests)}

    def _check_limit(self, count: int) -> None:
        """Evict segments at intervals: other programs write, too, and there may be more photos than expected."""
        self._unchecked_bytes += count
        if self._limit is not None and self._unchecked_bytes >= CHECK_INTERVAL:
            self._unchecked_bytes = 0
            eviction.prune(self._folder.parent, self._limit, (self._folder,))

    def _open_segment(self, keys: Path) -> None:
        try:
            rows = keys.with_suffix(eviction.ROWS)
            with rows.open("rb") as file:
                segment = Segment(rows, file, keys.read_bytes(), self._row_bytes, dtype=self._dtype.name)
        except OSError:  # incomplete, or just removed
            return
        number = len(self._segments)
        self._segments.append(segment)
        for row, digest in enumerate(segment.digests()):
            index = number * _MAX_ROWS + row
            if self._indices.setdefault(digest, index) != index:
                self._duplicates.setdefault(digest, []).append(index)

    def _drop_row(self, digest: bytes, index: int) -> None:
        """Forget an invalid row; use another row of the same photo if there is one."""
        with self._repair:
            if self._indices.get(digest) != index:
                return
            duplicates = self._duplicates.get(digest)
            if duplicates:
                self._indices[digest] = duplicates.pop()
            else:
                del self._indices[digest]


class Rows:
    """Rows of a store in a chosen order; read from disk on demand.

    Attributes:
        shape: (N, *row shape).
    """

    def __init__(
        self,
        segments: dict[int, Segment],
        where: NDArray[np.int64],
        row_shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
    ) -> None:
        self._segments = segments
        self._maps = {number: segment.mapped(row_shape, dtype) for number, segment in segments.items()}
        self._where = where
        self._dtype = dtype
        self._unreleased = 0
        self.shape = (len(where), *row_shape)

    def __len__(self) -> int:
        return len(self._where)

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.generic]:
        """Read the rows at these positions into a new array (len(indices), *row shape)."""
        where = self._where[indices]
        block = np.empty((len(where), *self.shape[1:]), self._dtype)
        for number, mapped in self._maps.items():
            mine = where[:, 0] == number
            if mine.any():
                block[mine] = mapped[where[mine, 1]]
        self._unreleased += len(where) * max(MAPPED_BYTES_PER_ROW, block.nbytes // max(1, len(where)))
        if self._unreleased >= CHECK_INTERVAL:
            self._unreleased = 0
            for segment in self._segments.values():
                segment.release()
        return block

    def are_all_equal(self) -> bool:
        """True if every row has the same numbers as the first."""
        first = self.take(np.arange(1))
        blocks = (self.take(np.arange(start, min(start + 256, len(self)))) for start in range(1, len(self), 256))
        return bool((self.take(np.array([0, len(self) - 1])) == first).all()) and all(
            (block == first).all() for block in blocks
        )


MAPPED_BYTES_PER_ROW = 64 << 10
"""Bytes that the system maps for one row: Linux maps sixteen pages at a time."""

_MAX_ROWS = 1 << 40
"""Largest number of rows in a segment; a row's global index is the segment's number times this, plus its own index."""


def size(number: int) -> str:
    """Format a number of bytes, for example as "1.2 GB"."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.1f} MB"


def _free(folder: Path) -> int:
    """Return the usable bytes on a folder's disk; the folder need not exist yet."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    disk = shutil.disk_usage(existing)
    return max(0, disk.free - min(RESERVED_BYTES, disk.total // 50))
