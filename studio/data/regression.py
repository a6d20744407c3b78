"""Data sets for regression: the photos of a folder, matched with a CSV file of targets.

The folder may have any structure, because classes are not needed. Photos and lines without a match are left out, each
with a reason and, where it has one, its line in the file.
"""

from __future__ import annotations

import dataclasses
import itertools
import posixpath
import unicodedata
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from studio.data.checks import trainable
from studio.data.folder import ignored_files, layout, walk
from studio.data.images.decode import SUFFIXES
from studio.data.splits import split_groups
from studio.data.splits.division import Divider
from studio.data.tables import targets
from studio.data.tables.targets import Line, Targets
from studio.events import Dataset, Event, Photo, Progress, Skipped, Split
from studio.jobs.progress import Pace
from studio.spec import DatasetSpec, UserError
from studio.system import paths as places


def list_photos(spec: DatasetSpec, divider: Divider) -> Generator[Event, None, Dataset]:
    """List the data set of a folder and a targets file, without opening photos.

    Raises:
        UserError: The folder or the file cannot be used, or no line matches a photo.
    """
    root, _ = layout.root_of(spec.folder)
    file = places.expanded(spec.targets).absolute()
    table = targets.read(file)
    paths, reasons = yield from walk_photos(root, spec.folders)
    reasons.pop(path_inside(str(file), root), None)  # the targets file itself need not be reported as left out
    matches, wrong = _match(table, Finder(root, file.parent, paths), file.name)
    if not matches:
        raise _nothing_matched(table, file, root)
    reasons |= wrong
    for path in paths:
        if path not in matches:
            reasons.setdefault(path, f"has no number in {file.name}")
    photos, split_found = yield from _with_splits(root, matches, table.has_split, divider)
    dataset = Dataset(
        folder=root,
        classes=(table.name,),
        photos=photos,
        skipped=ignored_files.merge_repeated(Skipped(path, reason) for path, reason in reasons.items()),
        split_found=split_found,
        target=table.name,
        split_pending=divider.is_provisional,
        groupings=divider.groupings,
    )
    return dataclasses.replace(dataset, problems=trainable.find(dataset))


def walk_photos(root: str, folders: Sequence[str] = ()) -> Generator[Progress, None, tuple[list[str], dict[str, str]]]:
    """All photos of a folder of any structure, and the reasons of what is left out, by path.

    Args:
        root: Absolute path of the folder.
        folders: Paths in it of the only folders to list; empty for all.

    Raises:
        UserError: There are no photos.
    """
    pace = Pace("scan")
    paths: list[str] = []
    reasons: dict[str, str] = {}
    for item in itertools.chain.from_iterable(walk.photos(root, inside) for inside in folders or ("",)):
        if isinstance(item, Skipped):
            reasons[item.path] = item.reason
        else:
            paths.extend(item)
        progress = pace.at(len(paths))
        if progress:
            yield progress
    yield pace.end(len(paths))
    if not paths:
        raise UserError(f"“{root}” contains no photos.", "Choose the folder with the photos.", root)
    return paths, reasons


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
            inside = _composed(path_inside(str(Path(start, path)), self._root))
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


def _match(table: Targets, finder: Finder, name: str) -> tuple[dict[str, Line], dict[str, str]]:
    """Photos with their lines, and left-out paths with their reasons."""
    matches: dict[str, Line] = {}
    wrong: dict[str, str] = {}
    for line in table.lines:
        path = finder.find(line.path)
        where = f"{name}, line {line.line}"
        if line.wrong:
            wrong[path or line.path or where] = f"{line.wrong} ({where})"
        elif not path:
            wrong[line.path or where] = f"no such photo in the folder ({where})" if line.path else "names no photo"
        elif path in matches and (matches[path].number, matches[path].split) != (line.number, line.split):
            wrong[path] = f"two different lines: {_description(matches[path])} and {_description(line)} ({name})"
        else:
            matches.setdefault(path, line)
    for path in wrong:
        matches.pop(path, None)
    return matches, wrong


def _description(line: Line) -> str:
    part = f", {line.split}" if line.split else ""
    return f"{line.number:g}{part} in line {line.line}"


def _with_splits(
    root: str, matches: dict[str, Line], by_file: bool, divider: Divider
) -> Generator[Event, None, tuple[tuple[Photo, ...], bool]]:
    """Assign the split of each photo: by the file, else by folders called train and val, else as the settings say.

    Returns:
        The photos sorted by path, and whether the split is that of the file or the folders.
    """
    paths = sorted(matches)
    parts: dict[str, Split] = {}
    if by_file:
        parts = {path: line.split for path, line in matches.items() if line.split is not None}
    else:
        parts = splits_by_folder(paths)
    split_found = bool(parts)
    # Where only test photos are marked, the others still have to be split.
    if split_found and not any(part == "val" for part in parts.values()):
        split_found = False
    if not split_found:
        movable = [path for path in paths if parts.get(path) != "test"]
        by_class = split_groups.paths_by_class(("", path, "") for path in movable)
        tests = [path for path in paths if parts.get(path) == "test"]
        parts |= yield from divider.divide(root, by_class, tests)
    return tuple(Photo(path, 0, parts[path], matches[path].number) for path in paths), split_found


def splits_by_folder(paths: Iterable[str]) -> dict[str, Split]:
    """Splits by the topmost folders, where all of them are called train, val or test."""
    parts: dict[str, Split] = {}
    for path in paths:
        top, inside, _ = path.partition("/")
        role = layout.ROLES.get(top.lower())
        if not inside or role is None:
            return {}
        parts[path] = role
    return parts if {"train", "val"} <= set(parts.values()) else {}


def path_inside(path: str, root: str) -> str:
    """`path` relative to `root` with forward slashes; "" where it is outside."""
    whole, start = posixpath.normpath(path.replace("\\", "/")), root.replace("\\", "/").rstrip("/")
    return whole[len(start) + 1 :] if whole.startswith(f"{start}/") else ""


def _composed(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def _nothing_matched(table: Targets, file: Path, root: str) -> UserError:
    first = table.lines[0]
    usable = next((line for line in table.lines if not line.wrong), None)
    if usable is None:
        return UserError(
            f"No line of “{file}” can be used; line {first.line}: {first.path or 'no path'}, {first.wrong}.",
            "Write one photo per line: its path relative to the folder, a comma, its number.",
            file,
        )
    return UserError(
        f"No line of “{file}” names a photo in “{root}”; line {usable.line} names “{usable.path}”.",
        "Write the paths relative to the folder, or open the folder that they are relative to.",
        file,
    )
