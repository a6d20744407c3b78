"""Segments of a feature store: a file of rows, and a file with the key of each row and a checksum of both.

A segment is written by one program and never changed afterwards. Readers map it into memory when they open it, so that
it stays readable if another program removes it. The checksum of a row is verified when the row is first read.
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

CHECK_INTERVAL = 64 << 20
"""Bytes after which a writer checks the size of the cache again, and a reader releases the pages that it has read."""


class Segment:
    """A segment, mapped into memory with the rows it had when it was opened.

    Args:
        rows: Path of the file of rows.
        file: The same file, open.
        keys: Content of the file of keys.
        row_bytes: Bytes of a row.
        own: True if this program wrote it: its rows need no verification.
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
        """Return the digests of its rows, in order."""
        packed = self._records["digest"].tobytes()
        return [packed[start : start + KEY_BYTES] for start in range(0, len(packed), KEY_BYTES)]

    def is_valid(self, row: int) -> bool:
        """True if a row matches its checksum and is finite; reads the row on the first call."""
        if not self._verified[row] and self._map is not None:
            record = self._records[row]
            data = memoryview(self._map)[row * self._row_bytes : (row + 1) * self._row_bytes]
            matches = _checksum(record["digest"].tobytes(), data) == record["sum"]
            self._verified[row] = matches and finite.is_finite(np.frombuffer(data, self._dtype))
            self._unreleased += self._row_bytes
            if self._unreleased >= CHECK_INTERVAL:
                self._unreleased = 0
                self.release()
        return bool(self._verified[row])

    def mapped(self, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
        """Return the rows (N, *shape) as a view of the mapped file."""
        return np.frombuffer(self._map or b"", dtype).reshape(-1, *shape)

    def release(self) -> None:
        """Release the pages that were read, so that they no longer count as this program's resident memory."""
        if self._map is not None and len(self._map) > CHECK_INTERVAL // 16 and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


class SegmentWriter:
    """Writer of a new segment, which grows by whole rows.

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

    def is_valid(self, row: int) -> bool:
        """True for every row written so far."""
        return row < self._count

    def append(self, digests: list[bytes], block: NDArray[np.generic]) -> int:
        """Write rows and their keys, all or none; return the index of the first row.

        Raises:
            OSError: The disk is full or the folder cannot be written.
        """
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
        """Finish writing; return the segment for reading. Without rows, its files are removed."""
        self._keys.seek(0)
        with self._rows, self._keys:
            segment = Segment(self.rows, self._rows, self._keys.read(), self._row_bytes, own=True)
        if not self._count:
            self.rows.unlink(missing_ok=True)
            self.rows.with_suffix(eviction.KEYS).unlink(missing_ok=True)
        return segment


def _checksum(digest: bytes, row: memoryview) -> int:
    """Return the CRC-32 of a key and its row, which is faster than disks and sufficient to detect their errors."""
    return zlib.crc32(row, zlib.crc32(digest))


def _write(file: BinaryIO, data: memoryview) -> None:
    """Write all data: on a disk that is almost full, one call of `write` may write only a part."""
    remaining = memoryview(data).cast("B")
    while remaining:
        remaining = remaining[file.write(remaining) :]
