"""Reader for tables of labels: path, class and, optionally, split of each photo, in a CSV or Parquet file.

Lines are numbered as in the file, because a wrong cell among 50,000 is hard to find.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from studio.data.folder import ignored_files
from studio.data.images.decode import SUFFIXES
from studio.data.tables import photo_lines
from studio.data.tables.photo_lines import DELIMITERS, PATH_WORDS, Line, Table
from studio.events import Split

FORM = "Write one photo per line: its path relative to the folder, a comma, its class."
LABEL_WORDS = ("label", "class", "category", "species", "target", "class_name", "y")
MAX_LABEL = 120
"""Longest name of a class in characters; a longer one comes from a wrong delimiter or quote."""


def read(file: Path) -> Table[str]:
    """Read a table of labels.

    Raises:
        UserError: The file is missing, not text, or has no two columns. A single invalid line raises nothing: it is
            among the lines, with its reason.
    """
    rows, _ = photo_lines.read_rows(file, "classes", FORM, _delimiter)
    _, first = rows[0]
    names = [cell.strip().lower() for cell in first]
    has_header = bool(set(names) & {*PATH_WORDS, *LABEL_WORDS}) and not _is_photo(first[0])
    path_at = _place(names, PATH_WORDS) if has_header else None
    label_at = _place(names, LABEL_WORDS) if has_header else None
    split_at = _place(names, photo_lines.SPLIT_WORDS) if has_header else None
    path_at = path_at if path_at is not None else 0 if label_at != 0 else 1
    label_at = label_at if label_at is not None else 1 if path_at == 0 else 0
    lines = rows[1:] if has_header else rows
    photo_lines.require_photos(lines, FORM, file)
    return Table(
        tuple(_line(row, at, path_at, label_at, split_at) for at, row in lines),
        split_at is not None,
    )


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that gives most lines at least two cells, and the same number of cells."""

    def fits(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
        usual = max(set(widths), key=widths.count, default=0)
        return (widths.count(usual) if usual > 1 else 0), -DELIMITERS.index(delimiter)

    return max(DELIMITERS, key=fits)


def _place(names: Sequence[str], words: Sequence[str]) -> int | None:
    """Index of the first of these words in the header."""
    return next((names.index(word) for word in words if word in names), None)


def _is_photo(cell: str) -> bool:
    return ignored_files.suffix(cell.strip()) in SUFFIXES


def _line(row: list[str], number: int, path_at: int, label_at: int, split_at: int | None) -> Line[str]:
    cells = [row[place].strip() if place is not None and place < len(row) else "" for place in (path_at, label_at)]
    (path, wrong), label = photo_lines.read_path(cells[0]), cells[1]
    wrong = wrong or _fault(label)
    split: Split | None = None
    if split_at is not None:
        split, no_split = photo_lines.read_split(row, split_at)
        wrong = wrong or no_split
    return Line(path, "" if wrong else label, split, number, wrong)


def _fault(label: str) -> str:
    """The reason why a text cannot be the name of a class; "" where it can."""
    if not label:
        return "has no class"
    if len(label) > MAX_LABEL:
        return f"“{label[:40]}…” is too long for a class"
    # Classes may become folders.
    return f"“{label}” cannot be the name of a class" if label in (".", "..") or "/" in label else ""
