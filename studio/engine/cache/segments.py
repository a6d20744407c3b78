"""Segments of a feature store: a file of rows, and a file with the key of each row and a checksum of both.

A segment is written by one program and never changed afterwards. Readers map it when they open it, so that they can
read on if another program removes it. The checksum of a row is verified when the row is read for the first time.
"""

from __future__ import annotations

import mmap
import os
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from studio.engine.cache import eviction, finite
from studio.engine.cache.eviction import KEY_BYTES

RECORD = np.dtype([("digest", "u1", KEY_BYTES), ("sum", "<u4")])
assert RECORD.itemsize == eviction.RECORD_BYTES

STEP = 64 << 20
"""Bytes after which a writer checks the size of the cache again, and a reader releases the pages it has read."""


class Segment:
    """A segment as it was when it was opened; mapped, so that it stays readable.

    Args:
        rows: Path of the file of rows.
        file: The same file, open.
        keys: Content of the file of keys.
        row_bytes: Bytes of a row.
        own: True where this program wrote it: its rows need no verification.
        dtype: Type of the numbers in a row.

    Attributes:
        rows: Path of the file of rows.
        size: Bytes of both files.
    """

    def __init__(
        self, rows: Path, file: BinaryIO, keys: bytes, row_bytes: int, own: bool = False, dtype: str = "uint8"
    ) -> None:
        length = os.fstat(file.fileno()).st_size
        count = min(len(keys) // RECORD.itemsize, length // row_bytes)
        self.rows = rows
        self.size = length + len(keys)
        self._row_bytes = row_bytes
        self._map = mmap.mmap(file.fileno(), count * row_bytes, access=mmap.ACCESS_READ) if count else None
        self._records = np.frombuffer(keys, RECORD, count)
        self._verified = np.full(count, own)
        self._dtype = np.dtype(dtype)
        self._unreleased = 0

    def digests(self) -> list[bytes]:
        """Digests of its rows, in order."""
        packed = self._records["digest"].tobytes()
        return [packed[start : start + KEY_BYTES] for start in range(0, len(packed), KEY_BYTES)]

    def sound(self, row: int) -> bool:
        """True where a row has its checksum and is finite; reads it on the first call."""
        if not self._verified[row] and self._map is not None:
            record = self._records[row]
            data = memoryview(self._map)[row * self._row_bytes : (row + 1) * self._row_bytes]
            matches = _checksum(record["digest"].tobytes(), data) == record["sum"]
            self._verified[row] = matches and finite.is_finite(np.frombuffer(data, self._dtype))
            self._unreleased += self._row_bytes
            if self._unreleased >= STEP:
                self._unreleased = 0
                self.release()
        return bool(self._verified[row])

    def mapped(self, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
        """The rows, (N, *shape), without reading them."""
        return np.frombuffer(self._map or b"", dtype).reshape(-1, *shape)

    def release(self) -> None:
        """Release the pages that were read, so that they no longer count as this program's memory."""
        if self._map is not None and len(self._map) > STEP // 16 and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


class SegmentWriter:
    """A segment that grows by whole rows.

    Attributes:
        rows: Path of the file of rows.
        size: Bytes of both files.
    """

    def __init__(self, rows: Path, row_bytes: int) -> None:
        self.rows = rows
        self.size = 0
        self._row_bytes = row_bytes
        self._rows = rows.open("x+b", buffering=0)
        try:
            self._keys = rows.with_suffix(eviction.KEYS).open("x+b", buffering=0)
        except OSError:
            self._rows.close()
            rows.unlink()
            raise
        self._count = 0

    def sound(self, row: int) -> bool:
        """True for every row that was written."""
        return row < self._count

    def append(self, digests: list[bytes], block: NDArray[np.generic]) -> int:
        """Write whole rows and their keys, or nothing; returns the index of the first."""
        first = self._count
        flat = block.reshape(len(digests), -1).view(np.uint8)
        records = np.zeros(len(digests), RECORD)
        records["digest"] = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, KEY_BYTES)
        records["sum"] = [_checksum(digest, row.data) for digest, row in zip(digests, flat, strict=True)]
        try:
            _write(self._rows, flat.data)
            _write(self._keys, records.data)
        except OSError as error:
            for file, length in ((self._rows, self._row_bytes), (self._keys, RECORD.itemsize)):
                file.truncate(first * length)
                file.seek(0, os.SEEK_END)
            raise OSError(error.errno, error.strerror, str(self.rows.parent)) from error
        self._count += len(digests)
        self.size = self._count * (self._row_bytes + RECORD.itemsize)
        return first

    def close(self) -> Segment:
        """Finish writing; returns the segment for reading."""
        self._keys.seek(0)
        with self._rows, self._keys:
            pair = Segment(self.rows, self._rows, self._keys.read(), self._row_bytes, own=True)
        if not self._count:
            self.rows.unlink(missing_ok=True)
            self.rows.with_suffix(eviction.KEYS).unlink(missing_ok=True)
        return pair


def _checksum(digest: bytes, row: memoryview) -> int:
    """CRC-32 of the key and the row: faster than a disk, and sufficient for a disk's errors."""
    return zlib.crc32(row, zlib.crc32(digest))


def _write(file: BinaryIO, data: memoryview) -> None:
    """Write all of it: on a disk that fills up, the first call may write only a part."""
    remaining = memoryview(data).cast("B")
    while remaining:
        remaining = remaining[file.write(remaining) :]
