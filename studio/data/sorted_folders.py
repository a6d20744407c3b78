"""Sorting of photos into folders by predicted class: links or copies that never replace a file, and a list of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.data.tables.predictions import table
from studio.data.tables.predictions.csv_file import CsvFile
from studio.data.tables.predictions.rows import Answered
from studio.events import PhotosSorted
from studio.spec import UserError
from studio.system.files import atomic_files, json_text, output_file

LISTING = "sorted.csv"
"""File in the folder that lists all links and copies made there."""

NOTE = "sorted.json"
COLUMNS = ("photo", "made", "kind")

NOT_SURE = "_not sure"
UNLIKE = "_unlike anything seen"
"""Folders of photos without an answer."""

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
MOST_BYTES = 200
"""Longest name of a folder in bytes; file systems allow 255."""


def folder_name(name: str) -> str:
    """A name of a folder for a class of any name, valid on every system: “a/b” is “a_b”, “..” is “__”."""
    name = _FORBIDDEN.sub("_", name)
    name = name.encode("utf-8", "replace")[:MOST_BYTES].decode("utf-8", "ignore")
    stem = name.rstrip(". ")  # Windows drops trailing dots and spaces
    name = stem + "_" * (len(name) - len(stem))
    return f"{name}_" if not name or _RESERVED.fullmatch(name) else name


def folder_names(classes: Sequence[str]) -> dict[str, str]:
    """The folder of each class; names that are equal on some system are numbered."""
    taken = {NOT_SURE.casefold(), UNLIKE.casefold(), LISTING, NOTE}
    names = {}
    for one in classes:
        plain = name = folder_name(one)
        number = 2
        while name.casefold() in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name.casefold())
        names[one] = name
    return names


class PhotoSorter:
    """Places photos in folders; use `opened`."""

    def __init__(self, folder: Path, classes: Sequence[str], links: bool) -> None:
        self._folder, self._links = folder, links
        self._names = folder_names(classes)
        self._listing = CsvFile(folder / LISTING, COLUMNS)
        self._counts: Counter[str] = Counter()
        self._failed: list[tuple[str, str]] = []
        self._done = {row[0] for row in self._listing.rows()} if (folder / LISTING).exists() else set()
        self._before = len(self._done)

    def place(self, one: Answered) -> None:
        """Link or copy a photo into the folder of its class, unless that was done before.

        Raises:
            UserError: The folder cannot be written.
        """
        source = os.path.abspath(one.path)  # noqa: PTH100  # keeps links as they are
        if source in self._done:
            return
        name = UNLIKE if one.unlike else self._names[one.predicted] if one.sure else NOT_SURE
        if not os.path.isfile(source):  # noqa: PTH113
            self._failed.append((one.path, "file not found"))
            return
        try:
            place = self._folder / name
            place.mkdir(exist_ok=True)
            made = _make(Path(source), place, self._links)
            # Flushed for each photo: after a kill, at most one file is missing from the list.
            self._listing.add((source, f"{name}/{made.name}", "link" if self._links else "copy"))
            self._listing.flush()
        except _UnreadableError as error:
            self._failed.append((one.path, str(error)))
            return
        except OSError as error:
            raise output_file.unwritable(self._folder, error) from error
        self._done.add(source)
        self._counts[name] += 1

    def close(self) -> None:
        """Write the rest of the list, and close it."""
        self._listing.close()

    def result(self) -> PhotosSorted:
        """Numbers of photos placed now and before, and the photos that failed."""
        counts = tuple(sorted(self._counts.items()))
        listing = str(self._folder / LISTING)
        return PhotosSorted(str(self._folder), counts, self._links, self._before, tuple(self._failed), listing)


@contextlib.contextmanager
def opened(
    folder: Path, classes: Sequence[str], links: bool, model: dict[str, Any], sources: Sequence[str]
) -> Iterator[PhotoSorter]:
    """Context with a sorter into a folder, new or continued.

    Args:
        folder: The folder; its parent exists.
        classes: Names of the classes.
        links: Make links to the photos; False for copies.
        model: See `table.opened`.
        sources: Photos and folders that are predicted.

    Raises:
        UserError: The folder is among the photos, has photos sorted by another model, or cannot be written.
    """
    where = folder.resolve()
    if any(Path(source).is_dir() and where.is_relative_to(Path(source).resolve()) for source in sources):
        raise UserError(
            f"“{folder}” is among the photos, where its links and copies would be predicted next time.",
            "Choose a folder elsewhere.",
            folder,
        )
    try:
        folder.mkdir(exist_ok=True)
        note = folder / NOTE
        if note.exists():
            before = json_text.loads(note.read_text(encoding="utf-8"))
            if not isinstance(before, dict) or before.get("made_by") != "Thaw Studio":
                raise ValueError(f"{NOTE} is of another program")
            if differs := table.different(before, model):
                raise UserError(f"{folder} has photos sorted by {differs}.", "Choose another folder.", folder)
        elif (folder / LISTING).exists():
            raise UserError(
                f"{folder / LISTING} exists, and was not written by this command.", "Choose another folder.", folder
            )
        atomic_files.write_text(note, f"{json.dumps({'made_by': 'Thaw Studio', **model}, indent=1)}\n")
        sorter = PhotoSorter(folder, classes, links)
    except OSError as error:
        raise output_file.unwritable(folder, error) from error
    except ValueError as error:
        raise UserError(f"{folder} has no valid list of sorted photos ({error}).", "Choose another folder.", folder) \
            from error  # fmt: skip
    try:
        yield sorter
    finally:
        sorter.close()


class _UnreadableError(Exception):
    """A photo that cannot be read; its text is the reason."""


def _make(source: Path, folder: Path, links: bool) -> Path:
    """Make a link or copy under the photo's name, with a number where that is taken."""
    number = 1
    while True:
        name = source.name if number == 1 else f"{source.stem}_{number}{source.suffix}"
        target = folder / name
        try:
            (_link if links else _copy)(source, target)
            return target
        except FileExistsError:
            number += 1


def _link(source: Path, target: Path) -> None:
    """Make a symbolic link by the absolute path, or a hard link where the system does not permit those."""
    try:
        target.symlink_to(source)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        target.hardlink_to(source)


def _copy(source: Path, target: Path) -> None:
    """Copy a photo with its times; the target must not exist, and is removed after an error."""
    try:
        reading = source.open("rb")
    except OSError as error:
        raise _UnreadableError(error.strerror or str(error)) from error
    with reading, target.open("xb") as writing:
        try:
            shutil.copyfileobj(reading, writing)
        except BaseException:
            target.unlink()
            raise
    shutil.copystat(source, target)
