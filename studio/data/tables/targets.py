"""Reader for CSV and Parquet files of regression targets: path, number and, optionally, split of each photo.

Such files come from spreadsheets, notebooks and scripts of many countries: with or without a header, with semicolons
and decimal commas, with Windows' slashes, with a byte order mark. All of these are supported. An invalid line is
reported with its number, because a bad cell among 50,000 is hard to find.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from studio.data.folder import ignored_files
from studio.data.folder.layout import ROLES
from studio.data.images.decode import SUFFIXES
from studio.data.tables import photo_lines
from studio.data.tables.photo_lines import DELIMITERS, PATH_WORDS, Line, Row, Table
from studio.events import Split

UNNAMED = "value"
"""Name of the target where the file has no header."""

MAX_NUMBER = 1e30
"""Largest magnitude of a target: far below 3.4e38, the limit of float32, in which numbers are predicted."""

MAX_NAME_LENGTH = 80
"""Longest name of a target in characters; a longer header comes from a wrong delimiter or quote."""

FORM = "Write one photo per line: its path relative to the folder, a comma, its number."


def read(file: Path) -> Table[float]:
    """Read a file of targets.

    Raises:
        UserError: The file is missing, not text, or contains no paths with numbers. A single invalid line raises
            nothing: it is among the lines, with its reason.
    """
    rows, delimiter = photo_lines.read_rows(file, "numbers", FORM, _delimiter)
    _, first = rows[0]
    header = first if _is_header(first, delimiter) else None
    lines = rows[1:] if header is not None else rows
    photo_lines.require_photos(lines, FORM, file)
    has_split = _has_split_column(header, lines)
    name = header[1].strip()[:MAX_NAME_LENGTH] if header is not None and len(header) > 1 else ""
    return Table(tuple(_line(row, at, delimiter, has_split) for at, row in lines), has_split, name or UNNAMED)


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter: the character that most often leaves a number in the second cell; paths may contain others."""

    def fits(delimiter: str) -> tuple[int, int]:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if len(row) > 1]
        return sum(_number(row[1], delimiter) is not None for row in rows), len(rows)

    return max(reversed(DELIMITERS), key=fits)  # in a tie not the comma, which paths and decimals contain


def _is_header(row: list[str], delimiter: str) -> bool:
    """True for a header: no photo in the first cell, and either a word such as “path” there or no number in the second.

    A photo's line with a mistyped number must not count as a header.
    """
    first = row[0].strip()
    if ignored_files.suffix(first) in SUFFIXES:
        return False
    return first.lower() in PATH_WORDS or len(row) < 2 or _number(row[1], delimiter) is None


def _has_split_column(header: list[str] | None, lines: Sequence[Row]) -> bool:
    if header is not None:
        return len(header) > 2 and header[2].strip().lower() in photo_lines.SPLIT_WORDS
    return all(len(row) > 2 and row[2].strip().lower() in ROLES for _, row in lines)


def _line(row: list[str], number: int, delimiter: str, has_split: bool) -> Line[float]:
    path, wrong = photo_lines.read_path(row[0])
    cell = row[1].strip() if len(row) > 1 else ""
    value = _number(cell, delimiter)
    split: Split | None = None
    wrong = wrong or _fault(cell, value)
    if has_split:
        split, no_split = photo_lines.read_split(row, 2)
        wrong = wrong or no_split
    return Line(path, 0.0 if wrong or value is None else value, split, number, wrong)


def _fault(cell: str, value: float | None) -> str:
    """The reason why a cell has no usable number; "" where it has one."""
    if not cell:
        return "has no number"
    if value is None:
        return f"“{cell[:40]}” is not a number"
    if not math.isfinite(value):
        return f"“{cell[:40]}” is not a finite number"
    return f"“{cell[:40]}” is too large" if abs(value) > MAX_NUMBER else ""


def _number(cell: str, delimiter: str) -> float | None:
    """The number in a cell, infinity and NaN included; None where there is none. “3,5” is one unless commas delimit."""
    text = cell.strip().replace("\u2212", "-")
    if delimiter != "," and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if "_" in text:  # Python's own thousands separator
        return None
    try:
        return float(text)
    except ValueError:
        return None
