"""Reader for CSV files with the group of each photo: path and group, with a header."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from studio.data.tables import photo_table
from studio.spec import UserError

_FORM = "Its first line should be “path,group”, each other line the path of a photo and its group."


def read(file: Path, root: str, photos: Iterable[str], column: str = "") -> dict[str, str]:
    """The group of each photo that the file names.

    Args:
        file: The file; the column “path”, or else the first one, has paths relative to the folder, or absolute.
        root: Absolute path of the folder.
        photos: Relative paths of its photos.
        column: Name of the column with the groups; "" for the second one.

    Raises:
        UserError: The file cannot be read, has no such column, or names no photo, or gives one two groups.
    """
    rows = photo_table.read_rows(file, _FORM)
    path_at, group_at = _columns(file, rows[0] if rows else [], column)
    names = {photo_table.composed(path): path for path in photos}
    groups: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        cell = row[path_at] if len(row) > path_at else ""
        path = names.get(photo_table.composed(photo_table.relative(cell, root)))
        if path is None:
            continue
        group = row[group_at].strip() if len(row) > group_at else ""
        if not group:
            raise UserError(f"“{file}”, row {number}: “{cell}” has no group.", _FORM, file)
        if groups.setdefault(path, group) != group:
            raise UserError(
                f"“{file}”, row {number}: “{cell}” is in two groups, “{groups[path]}” and “{group}”.",
                "Remove one of the rows.",
                file,
            )
    if not groups:
        raise UserError(f"No row of “{file}” names a photo in “{root}”.", _FORM, file)
    return {path: f"table\0{group}" for path, group in groups.items()}


def _columns(file: Path, header: list[str], column: str) -> tuple[int, int]:
    """Indices of the columns with the path and the group."""
    names = [name.strip() for name in header]
    path_at = photo_table.path_column(header)
    if not column:
        return path_at, 0 if path_at == 1 else 1
    if column not in names:
        near = difflib.get_close_matches(column, names, n=1)
        hint = f"Did you mean “{near[0]}”?" if near else f"Its columns are {', '.join(f'“{name}”' for name in names)}."
        raise UserError(f"“{file}” has no column “{column}”.", hint, file)
    return path_at, names.index(column)
