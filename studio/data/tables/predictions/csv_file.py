"""A CSV file to which rows are added as they are computed, and which is continued after a stop or a kill."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

FLUSH_S = 1.0
"""Seconds between two writes to the file; `add` writes the buffered rows when this time has passed."""

_ENCODING = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}


class CsvFile:
    """Rows in a CSV file.

    Args:
        file: The file.
        names: Names of the columns, its first row.

    Attributes:
        file: The file.
    """

    def __init__(self, file: Path, names: Sequence[str]) -> None:
        self.file = file
        self._names = list(names)
        self._opened: TextIO | None = None
        self._flushed = 0.0

    def rows(self) -> Iterator[list[str]]:
        """The complete rows without the header, which may be many: they are read one by one.

        Raises:
            ValueError: The file has other columns.
            OSError: It cannot be read.
        """
        yield from (row for row, _ in self._complete())

    def add(self, row: Sequence[str]) -> None:
        """Add a row.

        Raises:
            OSError: The file cannot be written.
        """
        if self._opened is None:
            self._open()
        assert self._opened is not None
        csv.writer(self._opened, lineterminator="\n").writerow(row)
        if time.monotonic() - self._flushed >= FLUSH_S:
            self.flush()

    def touch(self) -> None:
        """Write the header where there is no file yet."""
        self._open()
        self.close()

    def flush(self) -> None:
        """Write the buffered rows to the file."""
        if self._opened is not None:
            self._opened.flush()
            self._flushed = time.monotonic()

    def close(self) -> None:
        """Write all rows, and close the file."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            opened.close()

    def _open(self) -> None:
        end = 0
        if self.file.exists():
            end = max((offset for _, offset in self._complete()), default=self._header_end())
            with self.file.open("r+b") as existing:  # a kill or a full disk may have cut off the last row
                existing.truncate(end)
        self._opened = self.file.open("a", **_ENCODING)  # type: ignore[call-overload]
        if not end:
            csv.writer(self._opened, lineterminator="\n").writerow(self._names)
        self._flushed = time.monotonic()

    def _header_end(self) -> int:
        """Offset of the end of a complete header; 0 where it is cut off."""
        for row, offset, whole in self._records():
            return offset if whole and row == self._names else 0
        return 0

    def _complete(self) -> Iterator[tuple[list[str], int]]:
        """The complete rows after the header, each with the offset of its end."""
        for number, (row, offset, whole) in enumerate(self._records()):
            if not number:
                if whole and row != self._names:
                    raise ValueError("it has other columns")
                continue
            if not whole or len(row) != len(self._names):
                return
            yield row, offset

    def _records(self) -> Iterator[tuple[list[str], int, bool]]:
        """Each record of the file, the offset of its end, and whether it ends with a line break."""
        with self.file.open("rb") as opened:
            lines = _Lines(opened)
            for row in csv.reader(lines):
                yield row, lines.offset, lines.whole


class _Lines:
    """Lines of a file as text, with the offset of the end of the last one."""

    def __init__(self, opened: Iterator[bytes]) -> None:
        self._opened = opened
        self.offset = 0
        self.whole = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._opened)
        self.offset += len(line)
        self.whole = line.endswith(b"\n")
        return line.decode("utf-8", "surrogateescape")
