"""Matching of the lines of a table with the photos of a folder.

Photos and lines without a match are left out, each with a reason and, where it has one, its line in the file.
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Generator, Sequence
from pathlib import Path

from studio.data.folder import any_structure, ignored_files
from studio.data.images.decode import SUFFIXES
from studio.data.tables import parquet
from studio.data.tables.photo_lines import Line, Table, Value
from studio.events import Progress
from studio.spec import UserError


def match(
    table: Table[Value], file: Path, root: str, folders: Sequence[str], form: str
) -> Generator[Progress, None, tuple[dict[str, Line[Value]], dict[str, str]]]:
    """Match the photos of a folder with the lines of a table.

    Args:
        table: The table.
        file: Its file, absolute.
        root: Absolute path of the folder.
        folders: Paths in it of the only folders to list; empty for all.
        form: The form that a line should have, in a sentence.

    Returns:
        The line of each photo, and the reasons of what is left out; both by path.

    Raises:
        UserError: There are no photos, or no line matches one.
    """
    paths, reasons = yield from any_structure.walk_photos(root, folders)
    reasons.pop(any_structure.path_inside(str(file), root), None)  # the table need not be reported as left out
    matches, wrong = _match(table.lines, Finder(root, file.parent, paths), file.name, parquet.unit(file))
    if not matches:
        raise _nothing_matched(table.lines, file, root, form)
    reasons |= wrong
    for path in paths:
        if path not in matches:
            reasons.setdefault(path, f"has no {parquet.unit(file)} in {file.name}")
    return matches, reasons


class Finder:
    """Finder of the photo that a line of the file names."""

    def __init__(self, root: str, beside: Path, paths: Sequence[str]) -> None:
        self._root, self._beside = root, str(beside)
        # macOS may return decomposed accents while the file has composed ones, or the reverse.
        self._paths = {_composed(path): path for path in paths}
        self._bare: dict[str, list[str]] | None = None

    def find(self, name: str) -> str:
        """Path of the photo relative to the folder; "" where there is none.

        Args:
            name: Path in the file: relative to the folder of the photos or of the file, absolute, or without a suffix.
        """
        path = _composed(posixpath.normpath(name)) if name else ""
        if path in self._paths:
            return self._paths[path]
        for start in (self._root, self._beside):
            inside = _composed(any_structure.path_inside(str(Path(start, path)), self._root))
            if inside in self._paths:
                return self._paths[inside]
        if ignored_files.suffix(path) in SUFFIXES:
            return ""
        matches = self._without_suffixes().get(path, ())
        return matches[0] if len(matches) == 1 else ""

    def _without_suffixes(self) -> dict[str, list[str]]:
        if self._bare is None:
            self._bare = {}
            for path, real in self._paths.items():
                self._bare.setdefault(posixpath.splitext(path)[0], []).append(real)
        return self._bare


def _match(
    lines: Sequence[Line[Value]], finder: Finder, name: str, unit: str = "line"
) -> tuple[dict[str, Line[Value]], dict[str, str]]:
    """Photos with their lines, and left-out paths with their reasons."""
    matches: dict[str, Line[Value]] = {}
    wrong: dict[str, str] = {}
    for line in lines:
        path = finder.find(line.path)
        where = f"{name}, {unit} {line.line}"
        if line.wrong:
            wrong[path or line.path or where] = f"{line.wrong} ({where})"
        elif not path:
            wrong[line.path or where] = f"no such photo in the folder ({where})" if line.path else "names no photo"
        elif path in matches and (matches[path].value, matches[path].split) != (line.value, line.split):
            both = f"{_description(matches[path], unit)} and {_description(line, unit)}"
            wrong[path] = f"two different {unit}s: {both} ({name})"
        else:
            matches.setdefault(path, line)
    for path in wrong:
        matches.pop(path, None)
    return matches, wrong


def _description(line: Line[Value], unit: str) -> str:
    value = f"{line.value:g}" if isinstance(line.value, float) else f"“{line.value}”"
    part = f", {line.split}" if line.split else ""
    return f"{value}{part} in {unit} {line.line}"


def _nothing_matched(lines: Sequence[Line[Value]], file: Path, root: str, form: str) -> UserError:
    first, unit = lines[0], parquet.unit(file)
    usable = next((line for line in lines if not line.wrong), None)
    if usable is None:
        return UserError(
            f"No {unit} of “{file}” can be used; {unit} {first.line}: {first.path or 'no path'}, {first.wrong}.",
            form,
            file,
        )
    return UserError(
        f"No {unit} of “{file}” names a photo in “{root}”; {unit} {usable.line} names “{usable.path}”.",
        "Write the paths relative to the folder, or open the folder that they are relative to.",
        file,
    )


def _composed(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)
