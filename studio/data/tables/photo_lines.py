"""Reader for the lines of CSV and Parquet files with a photo per line: path, one value and, optionally, split.

Lines are numbered as in the file, because a wrong cell among 50,000 is hard to find.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from studio.data.folder.layout import ROLES
from studio.data.tables import parquet
from studio.events import Split
from studio.spec import UserError

MAX_BYTES = 1 << 28
"""Larger files are refused before they are read into memory: they are not lists of photos."""

MAX_PATH_LENGTH = 4096
"""Longest path in characters; no system supports longer ones."""

DELIMITERS = (",", ";", "\t")

PATH_WORDS = ("path", "file", "filename", "file_name", "image", "image_path", "image_id", "photo", "img", "id", "name")
"""Headers of the column with the path, the surest first."""

SPLIT_WORDS = ("split", "part", "set", "subset")
"""Headers of the column with the split."""

csv.field_size_limit(MAX_BYTES)  # Python's own limit, 131,072 characters, is too low for a cell of notes

Row = tuple[int, list[str]]
"""Number of the line, from 1, and its cells."""

Value = TypeVar("Value")


class Line(NamedTuple, Generic[Value]):
    """Content of one line.

    Attributes:
        path: As in the file, with forward slashes.
        value: The class or the number; "" or 0 where the line is wrong.
        split: None where the file has no such column.
        line: From 1.
        wrong: Reason why the line cannot be used; "" where it can.
    """

    path: str
    value: Value
    split: Split | None
    line: int
    wrong: str = ""


@dataclass(frozen=True)
class Table(Generic[Value]):
    """Content of a file.

    Attributes:
        lines: In the order of the file, without blank ones.
        has_split: True where the file has a column with the split.
        name: Name of the value; "" for a class.
    """

    lines: tuple[Line[Value], ...]
    has_split: bool
    name: str = ""


def read_rows(file: Path, what: str, form: str, delimiter_of: Callable[[Sequence[str]], str]) -> tuple[list[Row], str]:
    """The rows of a file, without blank ones, and its delimiter.

    Args:
        file: The file.
        what: Content of the second column, for messages: “numbers”.
        form: The form that a line should have, in a sentence.
        delimiter_of: The delimiter, by the first lines.

    Raises:
        UserError: The file is missing, not text, empty, or has no second column.
    """
    if parquet.is_parquet(file):
        rows, delimiter = parquet.rows(file), ","
    else:
        text = _text_of(file, what)
        delimiter = delimiter_of(text.splitlines()[:20])
        rows = _rows_of(text, delimiter, file, form)
    if not rows:
        raise UserError(f"“{file}” contains no {parquet.unit(file)}s.", form, file)
    if all(len(row) < 2 for _, row in rows[:20]):
        raise UserError(f"“{file}” has only one column in {parquet.unit(file)} {rows[0][0]}.", form, file)
    return rows, delimiter


def require_photos(rows: Sequence[Row], form: str, file: Path) -> None:
    """Check that there are rows below the header.

    Raises:
        UserError: There are none.
    """
    if not rows:
        raise UserError(f"“{file}” contains a header and no photo.", form, file)


def read_path(cell: str) -> tuple[str, str]:
    """The path in a cell, with forward slashes, and the reason why it cannot be used; "" where it can."""
    path = cell.strip().strip("'").replace("\\", "/")
    if len(path) > MAX_PATH_LENGTH:
        return f"{path[:40]}…", f"{len(path):,} characters are too long for a path"
    return path, ""


def read_split(row: Sequence[str], place: int) -> tuple[Split | None, str]:
    """The split in a cell of a row, and the reason why it is None; "" where it is a split."""
    word = row[place].strip() if place < len(row) else ""
    split = ROLES.get(word.lower())
    return split, "" if split is not None else f"“{word[:40]}” is neither train, val nor test"


def _text_of(file: Path, what: str) -> str:
    """The text of a CSV file.

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
        if not file.is_file():  # reading it could block forever, or fill the memory
            raise UserError(f"“{file}” is a pipe or a device, not a file.", "Copy its content to a file first.", file)
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


def _rows_of(text: str, delimiter: str, file: Path, form: str) -> list[Row]:
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
        raise UserError(f"“{file}” cannot be read as CSV: {error} (line {table.line_num}).", form, file) from error
    # A closed cell has at least its quotation mark after it; this one extends to the end of the file.
    if rows and "\n" in rows[-1][1][-1].strip() and text.endswith(rows[-1][1][-1]):
        raise UserError(
            f"“{file}” cannot be read as CSV: a quotation mark in line {row_line} is not closed.",
            "Remove it, or put another one at the end of the cell.",
            file,
        )
    return rows
