"""Computed features on disk, found again by what is in the photo.

A *shelf* holds rows of one kind: one cut of one network with one preprocessing. Every writer appends to a pair of files
of its own, first the rows, then their keys, so that a crash leaves at worst a row without a key, which nobody
looks at; several programs may write at once; and an interrupted extraction goes on where it stopped. Rows are read
through memory maps: memory does not grow with the number of photos.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16


class Shelf:
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
        self._places: dict[bytes, tuple[int, int]] = {}
        self._files: list[Path] = []
        self._writer: _Writer | None = None
        if folder.is_dir():
            os.utime(folder)  # the oldest shelf goes first when room is needed
            for keys in sorted(folder.glob("*.keys")):
                self._read(keys)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._places

    def __enter__(self) -> Shelf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put(self, digests: Sequence[bytes], rows: NDArray[np.generic]) -> None:
        """Append rows of shape (N, *shape); digests that are there already are left alone.

        Raises:
            OSError: The disk is full or the folder cannot be written.
        """
        fresh = {digest: index for index, digest in enumerate(digests) if digest not in self._places}
        if not fresh:
            return
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / "about.json").write_text(json.dumps(self._about, indent=1), encoding="utf-8")
            self._writer = _Writer(self._folder / f"{uuid.uuid4().hex}.rows")
            self._files.append(self._writer.path)
        block = np.ascontiguousarray(rows[list(fresh.values())], dtype=self._dtype)
        first = self._writer.append(list(fresh), block)
        file = self._files.index(self._writer.path)
        self._places |= {digest: (file, first + index) for index, digest in enumerate(fresh)}

    def rows(self, digests: Sequence[bytes]) -> Rows:
        """The rows of these digests, in this order, to be read piece by piece."""
        self.close()
        where = np.array([self._places[digest] for digest in digests], dtype=np.int64).reshape(-1, 2)
        used = np.unique(where[:, 0])
        maps = {int(file): self._map(self._files[file]) for file in used}
        return Rows(maps, where, self._shape, self._dtype)

    def close(self) -> None:
        """Let go of the file being written."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _read(self, keys: Path) -> None:
        rows = keys.with_suffix(".rows")
        if not rows.is_file():
            return
        data = keys.read_bytes()
        whole = min(len(data) // KEY_BYTES, rows.stat().st_size // self._row_bytes)
        self._files.append(rows)
        number = len(self._files) - 1
        for index in range(whole):
            self._places.setdefault(data[index * KEY_BYTES : (index + 1) * KEY_BYTES], (number, index))

    def _map(self, file: Path) -> NDArray[np.generic]:
        count = file.stat().st_size // self._row_bytes
        mapped: NDArray[np.generic] = np.memmap(file, self._dtype, "r", shape=(count, *self._shape))
        return mapped


class Rows:
    """Rows of a shelf in a chosen order; read from disk as they are asked for.

    Attributes:
        shape: (N, *row shape).
    """

    def __init__(
        self,
        maps: dict[int, NDArray[np.generic]],
        where: NDArray[np.int64],
        row_shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
    ) -> None:
        self._maps = maps
        self._where = where
        self._dtype = dtype
        self.shape = (len(where), *row_shape)

    def __len__(self) -> int:
        return len(self._where)

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.generic]:
        """Rows at these positions, as (len(indices), *row shape) in memory."""
        where = self._where[indices]
        block = np.empty((len(where), *self.shape[1:]), self._dtype)
        for file, mapped in self._maps.items():
            mine = where[:, 0] == file
            if mine.any():
                block[mine] = mapped[where[mine, 1]]
        return block


class _Writer:
    """A pair of files that grows by whole rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows = path.open("ab")
        self._keys = path.with_suffix(".keys").open("ab")
        self._count = 0

    def append(self, digests: list[bytes], block: NDArray[np.generic]) -> int:
        first = self._count
        self._rows.write(block.tobytes())
        self._rows.flush()
        self._keys.write(b"".join(digests))
        self._keys.flush()
        self._count += len(digests)
        return first

    def close(self) -> None:
        self._rows.close()
        self._keys.close()


def prune(folder: Path, limit: int, keep: Path) -> None:
    """Remove the shelves unused for longest until all together are within `limit` bytes. `keep` always stays."""
    if not folder.is_dir():
        return
    ages: dict[Path, float] = {}
    sizes: dict[Path, int] = {}
    for shelf in filter(Path.is_dir, folder.iterdir()):
        with contextlib.suppress(FileNotFoundError):  # another program prunes, too
            ages[shelf] = shelf.stat().st_mtime
            sizes[shelf] = sum(file.stat().st_size for file in shelf.iterdir())
    total = sum(sizes.values())
    for shelf in sorted(sizes, key=ages.__getitem__):
        if total <= limit:
            return
        if shelf != keep:
            shutil.rmtree(shelf, ignore_errors=True)
            total -= sizes[shelf]
