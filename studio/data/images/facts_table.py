"""Facts about the photos of a folder in columns: some 80 bytes a photo, where an object for each would take 400."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.data.bit_depth.reading import DIGEST_BYTES
from studio.data.images.facts import PhotoFacts

_NUMBERS = {
    "width": "u4",
    "height": "u4",
    "orientation": "u1",
    "deep": "?",
    "cmyk": "?",
    "palette": "?",
    "alpha": "?",
    "damaged": "?",
    "images": "i8",
    "file_size": "i8",
    "spread": "i4",
    "colors": "i4",
    "flat": "f8",
    "digest": f"V{DIGEST_BYTES}",
}
"""NumPy types of the columns that hold values."""

_TEXTS = ("format", "unit", "day", "camera")
"""Columns of texts. Few texts differ, so a column holds indices into a list of the distinct ones."""

_RECORD = np.dtype([*_NUMBERS.items(), *((name, "i4") for name in _TEXTS)])
_NUMBERS_OF, _TEXTS_OF = attrgetter(*_NUMBERS), attrgetter(*_TEXTS)


class FactsTable(Mapping[str, PhotoFacts]):
    """Facts of photos by their paths, in the order in which they were added; without the small picture, which is b"".

    Each access creates a new `PhotoFacts`, which takes microseconds: to examine all photos, use the columns.

    Args:
        number: Largest number of photos.

    Attributes:
        paths: Path of the photo in each row.
    """

    def __init__(self, number: int = 0) -> None:
        self.paths: list[str] = []
        self._records = np.zeros(number, _RECORD)
        self._texts: list[str] = []
        self._places: dict[str, int] = {}
        self._is_sorted = True

    @classmethod
    def of(cls, facts: Mapping[str, PhotoFacts]) -> FactsTable:
        """The table of some photos."""
        table = cls(len(facts))
        for path, one in facts.items():
            table.add(path, one)
        return table

    def add(self, path: str, facts: PhotoFacts) -> None:
        """Add a photo that the table does not have."""
        texts = _TEXTS_OF(facts)
        for text in texts:
            if text not in self._places:
                self._places[text] = len(self._texts)
                self._texts.append(text)
        row = len(self.paths)
        self._records[row] = (*_NUMBERS_OF(facts), *map(self._places.__getitem__, texts))
        self._is_sorted = self._is_sorted and (not row or self.paths[-1] < path)
        self.paths.append(path)

    def __getitem__(self, path: str) -> PhotoFacts:
        if (row := self._row(path)) < 0:
            raise KeyError(path)
        return self.at(row)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._row(path) >= 0

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def at(self, row: int) -> PhotoFacts:
        """Facts of the photo in a row."""
        values: dict[str, Any] = dict(zip(_RECORD.names or (), self._records[row].item(), strict=True))
        values |= {name: self._texts[values[name]] for name in _TEXTS}
        return PhotoFacts(**values, small=b"")

    def column(self, name: str) -> NDArray[Any]:
        """(N,) values of an attribute of `PhotoFacts` that is a number or a flag."""
        return self._records[name][: len(self.paths)]

    def texts(self, name: str) -> list[str]:
        """The N values of an attribute that is a text."""
        return [self._texts[place] for place in self.column(name)]

    def is_text(self, name: str, text: str) -> NDArray[np.bool_]:
        """(N,) true where an attribute has this text."""
        equal: NDArray[np.bool_] = self.column(name) == self._places.get(text, -1)
        return equal

    def where(self, chosen: NDArray[np.bool_]) -> Iterator[tuple[str, PhotoFacts]]:
        """Paths and facts of some photos; `chosen` is true for these, (N,)."""
        for row in np.flatnonzero(chosen).tolist():
            yield self.paths[row], self.at(row)

    def of_photos(self, paths: Iterable[str]) -> FactsTable:
        """The rows of these photos, in their order; without those that the table does not have."""
        rows = np.fromiter(self._rows_of(paths), np.intp)
        if np.array_equal(rows, np.arange(len(self.paths))):
            return self
        table = FactsTable()
        table.paths = [self.paths[row] for row in rows.tolist()]
        table._records = self._records[rows]
        table._texts, table._places = self._texts, self._places
        table._is_sorted = self._is_sorted and bool((np.diff(rows) > 0).all())
        return table

    def digests(self) -> Iterator[bytes]:
        """Hash of each photo's file."""
        data = self.column("digest").tobytes()
        return (data[start : start + DIGEST_BYTES] for start in range(0, len(data), DIGEST_BYTES))

    def contents(self) -> Iterator[tuple[str, str]]:
        """Path and hash, in hexadecimal, of each photo."""
        return zip(self.paths, (digest.hex() for digest in self.digests()), strict=True)

    def copies(self) -> list[list[int]]:
        """Rows of files of the same content, a list for each content that occurs more than once, by its first row."""
        halves = np.frombuffer(self.column("digest").tobytes(), np.uint64).reshape(-1, 2)
        order = np.lexsort((halves[:, 0], halves[:, 1]))  # stable: rows of the same content stay in order
        repeats = (halves[order[1:]] == halves[order[:-1]]).all(axis=1)
        edges = np.flatnonzero(np.diff(repeats, prepend=False, append=False)).reshape(-1, 2).tolist()
        return sorted(order[start : end + 1].tolist() for start, end in edges)

    def _row(self, path: str) -> int:
        """Row of a photo; -1 where the table does not have it."""
        if not self._is_sorted:
            return self._row_of_path.get(path, -1)
        row = bisect_left(self.paths, path)
        return row if row < len(self.paths) and self.paths[row] == path else -1

    @cached_property
    def _row_of_path(self) -> dict[str, int]:
        return {path: row for row, path in enumerate(self.paths)}

    def _rows_of(self, paths: Iterable[str]) -> Iterator[int]:
        after = 0  # most photos are in the row after that of the previous one
        for path in paths:
            row = after if after < len(self.paths) and self.paths[after] == path else self._row(path)
            if row >= 0:
                yield row
                after = row + 1
