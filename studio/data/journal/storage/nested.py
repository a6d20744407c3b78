"""Journals of nested folders: of those that contain the open folder, or that it contains."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.data.journal.storage import folders
from studio.data.journal.storage.folders import JournalFolder
from studio.data.journal.storage.journal_file import FILE


@dataclass(frozen=True)
class Base:
    """A folder whose photos belong to the open data set.

    Attributes:
        inside: Its path relative to the data set's folder; "" for that folder itself.
        real: Its absolute path without links.
    """

    inside: str
    real: str


@dataclass(frozen=True)
class NestedJournal:
    """The journal of another folder with photos of the open data set.

    Attributes:
        folder: Absolute path of that folder, as the user opened it.
        real: The same without links.
        file: The journal's file.
    """

    folder: str
    real: str
    file: Path

    def absolute(self, path: str) -> str:
        """Absolute path of one of its photos."""
        return f"{self.real.rstrip('/')}/{path}"


def bases_of(root: str, parts: Sequence[str] = ()) -> list[Base]:
    """The folders of a data set.

    Args:
        root: Its folder.
        parts: Paths in it of the only folders that belong to the data set; empty for all.
    """
    return [Base(part, _slashes(os.path.realpath(os.path.join(root, part)))) for part in parts or ("",)]  # noqa: PTH118


def find(own: JournalFolder, bases: Sequence[Base]) -> list[NestedJournal]:
    """The journals of all folders that contain one of `bases` or are in one, sorted by path.

    Args:
        own: The journal of the open data set, which is left out.
        bases: The folders of the open data set.
    """
    return sorted(_find(own, bases), key=lambda journal: journal.folder)


def _find(own: JournalFolder, bases: Sequence[Base]) -> Iterator[NestedJournal]:
    if not own.path.parent.is_dir():
        return
    for other in own.path.parent.iterdir():
        if other == own.path:
            continue
        with contextlib.suppress(OSError, ValueError):
            folder, real = folders.places(other)
            nested = bool(real) and any(_within(real, base.real) or _within(base.real, real) for base in bases)
            if nested and (other / FILE).exists():
                yield NestedJournal(folder, real, other / FILE)


def path_in(bases: Sequence[Base], absolute: str) -> str | None:
    """Path relative to the data set's folder of the file at an absolute path; None where it is outside."""
    for base in bases:
        if _within(absolute, base.real):
            rest = absolute[len(base.real.rstrip("/")) + 1 :]
            return f"{base.inside}/{rest}" if base.inside else rest
    return None


def _within(path: str, folder: str) -> bool:
    """True where a path is that of a folder, or is in it."""
    path, folder = os.path.normcase(path), os.path.normcase(folder)
    return path == folder or path.startswith(folder.rstrip("/\\") + os.path.normcase("/"))


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/")
