"""A data set of photos with a number each: what a folder holds, matched with a file of targets.

The folder may be arranged in any way, because classes are not looked for. Whatever does not fit together, on either
side, is left out and told with its reason and, where it has one, its line in the file.
"""

from __future__ import annotations

import dataclasses
import posixpath
import unicodedata
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from studio.data import ignored_files, layout, splits, targets, walk
from studio.data.checks import trainable
from studio.data.images.decode import SUFFIXES
from studio.data.targets import Line, Targets
from studio.events import Dataset, Photo, Progress, Skipped, Split
from studio.jobs.progress import Pace
from studio.spec import DatasetSpec, UserError
from studio.system import paths as places


def listed(spec: DatasetSpec) -> Generator[Progress, None, Dataset]:
    """The data set of a folder and a file of targets; no photo is opened.

    Raises:
        UserError: Folder or file cannot be used, or no line belongs to any photo.
    """
    root, _ = layout.root_of(spec.folder)
    file = places.expanded(spec.targets).absolute()
    read = targets.read(file)
    pace = Pace("scan")
    paths: list[str] = []
    reasons: dict[str, str] = {}
    for item in walk.photos(root, ""):
        if isinstance(item, Skipped):
            reasons[item.path] = item.reason
        else:
            paths.extend(item)
        progress = pace.at(len(paths))
        if progress:
            yield progress
    yield pace.end(len(paths))
    if not paths:
        raise UserError(f"“{root}” holds no photos.", "Choose the folder that holds the photos.", root)
    reasons.pop(_inside(str(file), root), None)  # the file itself is no photo, and nobody thinks so
    known, wrong = _matched(read, _Finder(root, file.parent, paths), file.name)
    if not known:
        raise _nothing_matched(read, file, root)
    reasons |= wrong
    for path in paths:
        if path not in known:
            reasons.setdefault(path, f"has no number in {file.name}")
    photos, found = _divided(known, read.divided, spec)
    dataset = Dataset(
        folder=root,
        classes=(read.name,),
        photos=photos,
        skipped=ignored_files.grouped(Skipped(path, reason) for path, reason in reasons.items()),
        split_found=found,
        target=read.name,
    )
    return dataclasses.replace(dataset, problems=trainable.find(dataset))


class _Finder:
    """Finds the photo that a line means."""

    def __init__(self, root: str, beside: Path, paths: Sequence[str]) -> None:
        self._root, self._beside = root, str(beside)
        # macOS may hand out names with accents taken apart, and the file may hold them put together, or the reverse.
        self._known = {_composed(path): path for path in paths}
        self._bare: dict[str, list[str]] | None = None

    def find(self, written: str) -> str:
        """Path of the photo relative to the folder; "" where there is none.

        A path may be relative to the folder or to the place of the file, absolute, or without the photo's ending.
        """
        path = _composed(posixpath.normpath(written)) if written else ""
        if path in self._known:
            return self._known[path]
        for start in (self._root, self._beside):
            inside = _composed(_inside(str(Path(start, path)), self._root))
            if inside in self._known:
                return self._known[inside]
        if ignored_files.suffix(path) in SUFFIXES:
            return ""
        named = self._without_endings().get(path, ())
        return named[0] if len(named) == 1 else ""

    def _without_endings(self) -> dict[str, list[str]]:
        if self._bare is None:
            self._bare = {}
            for path, real in self._known.items():
                self._bare.setdefault(posixpath.splitext(path)[0], []).append(real)
        return self._bare


def _matched(read: Targets, finder: _Finder, name: str) -> tuple[dict[str, Line], dict[str, str]]:
    """Photos with their lines, and what is left out with its reason."""
    known: dict[str, Line] = {}
    wrong: dict[str, str] = {}
    for line in read.lines:
        path = finder.find(line.path)
        where = f"{name}, line {line.line}"
        if line.wrong:
            wrong[path or line.path or where] = f"{line.wrong} ({where})"
        elif not path:
            wrong[line.path or where] = f"no such photo in the folder ({where})" if line.path else "names no photo"
        elif path in known and (known[path].number, known[path].split) != (line.number, line.split):
            wrong[path] = f"two different lines: {_said(known[path])} and {_said(line)} ({name})"
        else:
            known.setdefault(path, line)
    for path in wrong:
        known.pop(path, None)
    return known, wrong


def _said(line: Line) -> str:
    part = f", {line.split}" if line.split else ""
    return f"{line.number:g}{part} in line {line.line}"


def _divided(known: dict[str, Line], by_file: bool, spec: DatasetSpec) -> tuple[tuple[Photo, ...], bool]:
    """Give every photo its part: as the file says, else as folders called train and val say, else by the hash.

    Returns:
        The photos sorted by path, and whether the split was found.
    """
    paths = sorted(known)
    parts: dict[str, Split] = {}
    if by_file:
        parts = {path: line.split for path, line in known.items() if line.split is not None}
    else:
        parts = _by_folder(paths)
    found = bool(parts)
    if found and not any(part == "val" for part in parts.values()):  # only test photos are marked: divide the rest
        found = False
    if not found:
        movable = [path for path in paths if parts.get(path) != "test"]
        held = splits.held_out(movable, spec.val_fraction, spec.seed)
        parts |= {path: "val" if path in held else "train" for path in movable}
    return tuple(Photo(path, 0, parts[path], known[path].number) for path in paths), found


def _by_folder(paths: Iterable[str]) -> dict[str, Split]:
    """Parts after the topmost folders, where all of them are called train, val or test."""
    parts: dict[str, Split] = {}
    for path in paths:
        top, inside, _ = path.partition("/")
        role = layout.ROLES.get(top.lower())
        if not inside or role is None:
            return {}
        parts[path] = role
    return parts if {"train", "val"} <= set(parts.values()) else {}


def _inside(path: str, root: str) -> str:
    """`path` relative to `root` with forward slashes; "" where it is not in it."""
    whole, start = posixpath.normpath(path.replace("\\", "/")), root.replace("\\", "/").rstrip("/")
    return whole[len(start) + 1 :] if whole.startswith(f"{start}/") else ""


def _composed(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def _nothing_matched(read: Targets, file: Path, root: str) -> UserError:
    first = read.lines[0]
    usable = next((line for line in read.lines if not line.wrong), None)
    if usable is None:
        return UserError(
            f"No line of “{file}” can be used; line {first.line}: {first.path or 'no path'}, {first.wrong}.",
            "Write one photo a line: its path relative to the folder, a comma, its number.",
            file,
        )
    return UserError(
        f"No line of “{file}” names a photo in “{root}”; line {usable.line} names “{usable.path}”.",
        "Write the paths relative to the folder, or open the folder that they are relative to.",
        file,
    )
