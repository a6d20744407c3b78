"""Reader for CSV files with values about photos: a column with their paths, and any other columns."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from studio.spec import UserError

PATH_WORDS = ("path", "file", "filename", "file_name", "image", "image_path", "photo", "img")
"""Headers of the column with paths."""

_FORM = "Its first line should name its columns, one of them “path”, each other line be about one photo."


def read_columns(file: Path, root: str, photos: Iterable[str]) -> dict[str, list[str]]:
    """The other columns of a file: a cell for each photo, "" for those that the file does not name.

    Args:
        file: The file; the column “path”, or else the first one, has paths relative to the folder, absolute ones, or
            names of files that only one of the photos has.
        root: Absolute path of the folder.
        photos: Relative paths of its photos.

    Raises:
        UserError: The file cannot be read, has no other column, or names none of the photos.
    """
    rows = read_rows(file, _FORM)
    header = [name.strip() for name in rows[0]] if rows else []
    if len(header) < 2:
        raise UserError(f"“{file}” has no second column.", _FORM, file)
    path_at, paths = path_column(header), list(photos)
    places = {composed(path): place for place, path in enumerate(paths)}
    names = Counter(PurePosixPath(path).name for path in places)
    by_name = {PurePosixPath(path).name: place for path, place in places.items()}
    columns = [[""] * len(paths) for _ in header]
    matched = 0
    for row in rows[1:]:
        name = composed(relative(row[path_at] if len(row) > path_at else "", root))
        place = places.get(name)
        if place is None and "/" not in name and names[name] == 1:
            place = by_name[name]
        if place is None:
            continue
        matched += 1
        for column, cell in zip(columns, row, strict=False):
            column[place] = cell.strip()
    if paths and not matched:
        raise UserError(f"No row of “{file}” names a photo in “{root}”.", _FORM, file)
    pairs = zip(header, columns, strict=True)
    return {name or f"column {at + 1}": column for at, (name, column) in enumerate(pairs) if at != path_at}


def read_rows(file: Path, form: str) -> list[list[str]]:
    """The rows of a file separated by commas or semicolons.

    Raises:
        UserError: It cannot be read; the hint is `form` where it is not CSV.
    """
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):  # reading it could block forever
            raise UserError(f"“{file}” is a pipe or a device, not a file.", "Copy its content to a file first.", file)
        text = file.read_bytes().decode("utf-8-sig")
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except UnicodeDecodeError as error:
        raise UserError(f"“{file}” is not UTF-8 text.", "Save it as CSV in UTF-8.", file) from error
    except OSError as error:
        raise UserError(f"“{file}” cannot be read ({error.strerror or error}).", "Check the path.", file) from error
    except csv.Error as error:
        raise UserError(f"“{file}” is not CSV: {error}.", form, file) from error


def path_column(header: Iterable[str]) -> int:
    """Index of the column with the paths; the first one where none has its name."""
    lower = [name.strip().lower() for name in header]
    return next((lower.index(name) for name in PATH_WORDS if name in lower), 0)


def relative(cell: str, root: str) -> str:
    """A path as written in a file, relative to the folder."""
    name = cell.strip().replace("\\", "/")
    if os.path.isabs(name):  # noqa: PTH117
        name = os.path.relpath(name, root)
    return os.path.normpath(name).replace(os.sep, "/") if name else ""


def composed(path: str) -> str:
    """A path in composed Unicode (NFC), the form in which paths are compared."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)
