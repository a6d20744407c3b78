"""Reader for CSV files with the group of each photo: path and group, with a header."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from studio.spec import UserError

_FORM = "Its first line should be “path,group”, each other line the path of a photo and its group."


def read(file: Path, root: str, photos: Iterable[str]) -> dict[str, str]:
    """The group of each photo that the file names.

    Args:
        file: The file; its first column has paths relative to the folder, or absolute, its second one groups.
        root: Absolute path of the folder.
        photos: Relative paths of its photos.

    Raises:
        UserError: The file cannot be read, names no photo of the folder, or gives a photo two groups.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except UnicodeDecodeError as error:
        raise UserError(f"“{file}” is not a text in UTF-8.", "Save it as CSV in UTF-8.", file) from error
    except OSError as error:
        raise UserError(f"“{file}” cannot be read ({error.strerror or error}).", "Check the path.", file) from error
    except csv.Error as error:
        raise UserError(f"“{file}” is not CSV: {error}.", _FORM, file) from error
    names = {_composed(path): path for path in photos}
    groups: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        path = names.get(_composed(_relative(row[0], root))) if row else None
        if path is None:
            continue
        if len(row) < 2 or not row[1].strip():
            raise UserError(f"“{file}”, row {number}: “{row[0]}” has no group.", _FORM, file)
        if groups.setdefault(path, row[1].strip()) != row[1].strip():
            raise UserError(
                f"“{file}”, row {number}: “{row[0]}” is in two groups, “{groups[path]}” and “{row[1].strip()}”.",
                "Remove one of the rows.",
                file,
            )
    if not groups:
        raise UserError(f"No row of “{file}” names a photo in “{root}”.", _FORM, file)
    return {path: f"table\0{group}" for path, group in groups.items()}


def _relative(cell: str, root: str) -> str:
    name = cell.strip().replace("\\", "/")
    if os.path.isabs(name):  # noqa: PTH117
        name = os.path.relpath(name, root)
    return os.path.normpath(name).replace(os.sep, "/") if name else ""


def _composed(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)
