"""Reader for CSV and Parquet files of regression targets: path, number and, optionally, split of each photo.

Such files come from spreadsheets, notebooks and scripts of many countries: with or without a header, with semicolons
and decimal commas, with Windows' slashes, with a byte order mark. All of these are supported. An invalid line is
reported with its number, because a bad cell among 50,000 is hard to find.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from studio.data.folder import ignored_files
from studio.data.folder.layout import ROLES
from studio.data.images.decode import SUFFIXES
from studio.data.tables import parquet
from studio.events import Split
from studio.spec import UserError

UNNAMED = "value"
"""Name of the target where the file has no header."""

MAX_BYTES = 1 << 28
"""Larger files are refused before they are read into memory: they are not lists of photos."""

MAX_NUMBER = 1e30
"""Largest number: the square of a larger one would overflow in float32."""

MAX_PATH_LENGTH = 4096
"""Longest path in characters; no system supports longer ones."""

MAX_NAME_LENGTH = 80
"""Longest name of a target in characters; a longer header comes from a wrong delimiter or quote."""

csv.field_size_limit(MAX_BYTES)  # Python's own limit, 131,072 characters, is too low for a cell of notes

_DELIMITERS = ("\t", ";", ",")
_PATH_WORDS = frozenset({"path", "file", "filename", "file_name", "image", "image_path", "photo", "id", "name", "img"})
_SPLIT_WORDS = frozenset({"split", "part", "set", "subset"})
_FORM = "Write one photo per line: its path relative to the folder, a comma, its number."

Row = tuple[int, list[str]]
"""Number of the line, from 1, and its cells."""


class Line(NamedTuple):
    """Content of one line.

    Attributes:
        path: As in the file, with forward slashes.
        number: Finite; 0 where the line is wrong.
        split: None where the file has no such column.
        line: From 1.
        wrong: Reason why the line cannot be used; "" where it can.
    """

    path: str
    number: float
    split: Split | None
    line: int
    wrong: str = ""


@dataclass(frozen=True)
class Targets:
    """Content of a file.

    Attributes:
        name: Name of the target.
        lines: In the order of the file, without blank ones.
        has_split: True where the file has a column with the split.
    """

    name: str
    lines: tuple[Line, ...]
    has_split: bool


def read(file: Path) -> Targets:
    """Read a file of targets.

    Raises:
        UserError: The file is missing, not text, or contains no paths with numbers. A single invalid line raises
            nothing: it is among the lines, with its reason.
    """
    if parquet.is_parquet(file):
        rows, delimiter = parquet.rows(file), ","
    else:
        text = text_of(file, "numbers")
        delimiter = _delimiter(text.splitlines()[:20])
        rows = rows_of(text, delimiter, file)
    if not rows:
        raise UserError(f"“{file}” contains no lines.", _FORM, file)
    number, first = rows[0]
    if all(len(row) < 2 for _, row in rows[:20]):
        raise UserError(f"“{file}” has only one column in line {number}.", _FORM, file)
    header = first if _is_header(first, delimiter) else None
    lines = rows[1:] if header is not None else rows
    if not lines:
        raise UserError(f"“{file}” contains a header and no photo.", _FORM, file)
    has_split = _has_split_column(header, lines)
    name = header[1].strip()[:MAX_NAME_LENGTH] if header is not None and len(header) > 1 else ""
    return Targets(name or UNNAMED, tuple(_line(row, at, delimiter, has_split) for at, row in lines), has_split)


def text_of(file: Path, what: str) -> str:
    """The text of a CSV file with one photo per line.

    Args:
        file: The file.
        what: The second column, in words: “numbers”.

    Raises:
        UserError: The file is missing, or not text.
    """
    try:
        if not file.exists():
            raise UserError(
                f"There is no file “{file}”.", f"Check the name, or choose another file with the {what}.", file
            )
        if file.is_dir():
            raise UserError(f"“{file}” is a folder.", f"Choose the CSV file with the {what}.", file)
        if file.stat().st_size > MAX_BYTES:
            raise UserError(
                f"“{file}” is too large for a list of photos and {what}.", "Write one photo per line.", file
            )
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"“{file}” cannot be read: {why.lower()}.", "Check the file, or choose another.", file
        ) from error
    if data.startswith(b"PK\3\4"):
        raise UserError(
            f"“{file}” is a workbook or an archive, not text.", "Save the table as CSV in your spreadsheet.", file
        )
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # the encoding of Excel's plain CSV in Europe and America
    if "\0" in text:
        raise UserError(f"“{file}” is not text.", f"Choose the CSV file with the {what}.", file)
    return text


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter: the character that most often leaves a number in the second cell; paths may contain others."""

    def fits(delimiter: str) -> tuple[int, int]:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if len(row) > 1]
        return sum(_number(row[1], delimiter) is not None for row in rows), len(rows)

    return max(_DELIMITERS, key=fits)


def rows_of(text: str, delimiter: str, file: Path) -> list[Row]:
    """All lines that are not blank."""
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows: list[Row] = []
    first_line = row_line = 1
    try:
        for row in table:
            row_line, first_line = first_line, table.line_num + 1
            if any(cell.strip() for cell in row):
                rows.append((table.line_num, row))
    except csv.Error as error:
        raise UserError(f"“{file}” cannot be read as CSV: {error} (line {table.line_num}).", _FORM, file) from error
    # A closed cell has at least its quotation mark after it; this one extends to the end of the file.
    if rows and "\n" in rows[-1][1][-1].strip() and text.endswith(rows[-1][1][-1]):
        raise UserError(
            f"“{file}” cannot be read as CSV: a quotation mark in line {row_line} is not closed.",
            "Remove it, or put another one at the end of the cell.",
            file,
        )
    return rows


def _is_header(row: list[str], delimiter: str) -> bool:
    """True for a header: no photo in the first cell, and no number in the second or the word “path” in the first.

    A photo's line with a mistyped number must not count as a header.
    """
    first = row[0].strip()
    if ignored_files.suffix(first) in SUFFIXES:
        return False
    return first.lower() in _PATH_WORDS or len(row) < 2 or _number(row[1], delimiter) is None


def _has_split_column(header: list[str] | None, lines: Sequence[Row]) -> bool:
    if header is not None:
        return len(header) > 2 and header[2].strip().lower() in _SPLIT_WORDS
    return all(len(row) > 2 and row[2].strip().lower() in ROLES for _, row in lines)


def _line(row: list[str], number: int, delimiter: str, has_split: bool) -> Line:
    path = row[0].strip().strip("'").replace("\\", "/")
    cell = row[1].strip() if len(row) > 1 else ""
    value = _number(cell, delimiter)
    split: Split | None = None
    wrong = ""
    if len(path) > MAX_PATH_LENGTH:
        path, wrong = f"{path[:40]}…", f"{len(path):,} characters are too long for a path"
    elif not cell:
        wrong = "has no number"
    elif value is None:
        wrong = f"“{cell[:40]}” is not a number"
    elif not math.isfinite(value):
        wrong = f"“{cell[:40]}” is not a finite number"
    elif abs(value) > MAX_NUMBER:
        wrong = f"“{cell[:40]}” is too large"
    if has_split:
        word = row[2].strip() if len(row) > 2 else ""
        split = ROLES.get(word.lower())
        if split is None and not wrong:
            wrong = f"“{word[:40]}” is neither train, val nor test"
    return Line(path, 0.0 if wrong or value is None else value, split, number, wrong)


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
