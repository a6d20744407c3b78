"""The journal of a folder of photos: reading and changing the user's choices. No file among the photos is changed."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from studio.data import layout, walk
from studio.data.journal import folders
from studio.data.journal.content_hashes import ContentHashes, sizes_of
from studio.data.journal.entries import Action, Entry, Line, PhotoKey, Redo, Undo
from studio.data.journal.folders import JournalFolder
from studio.data.journal.history import History
from studio.data.journal.journal_file import JournalFile
from studio.data.journal.matching import match_photos
from studio.data.journal.photo_names import PhotoNames
from studio.events import Progress, Skipped, Split
from studio.events.findings import FindingKind
from studio.jobs.progress import Pace
from studio.spec import UserError

KINDS: tuple[str, ...] = get_args(FindingKind)
SPLITS: tuple[str, ...] = get_args(Split)


@dataclass
class Journal:
    """The journal of a folder of photos.

    Attributes:
        root: Absolute path of the photos' folder.
        photos: Relative paths of all photos in it.
        folder: Where the journal is stored.
        file: Its file there.
    """

    root: str
    photos: tuple[str, ...]
    folder: JournalFolder
    file: JournalFile

    @property
    def history(self) -> History:
        """Its entries, and how many of them are in effect."""
        return self.file.history()

    def keys_of(self, names: Sequence[str]) -> Generator[Progress, None, tuple[PhotoKey, ...]]:
        """The photos that the user named, as the journal identifies them.

        Args:
            names: Paths of photos or of folders with photos; see `PhotoNames.find`.

        Raises:
            UserError: There is no such photo, or it cannot be read; nothing was changed.
        """
        paths = PhotoNames(self.root, self.photos).find(names)
        sizes = sizes_of(self.root, paths)
        past = {key for entry in self.history.entries for action in entry.actions for key in action.photos}
        wanted = {*sizes.values(), *(key.size for key in past)}
        contents = yield from ContentHashes(self.root, self.folder.path if self.folder.exists else None).of(
            self.photos, wanted
        )
        known = match_photos(past, contents)
        copies: dict[str, list[str]] = {}
        for path, content in contents.items():
            copies.setdefault(content, []).append(path)
        for path in paths:
            if path not in contents:
                raise UserError(f"The photo “{path}” cannot be read.", "Check the file; nothing was changed.", path)
        return tuple(
            known.get(path)
            or PhotoKey(
                contents[path], path, sizes[path], tuple(other for other in copies[contents[path]] if other != path)
            )
            for path in paths
        )

    def add(self, actions: Iterable[Action]) -> None:
        """Write an entry; entries that were undone can no longer be redone.

        Raises:
            UserError: It cannot be written; nothing was changed.
        """
        entry = Entry(_now(), tuple(actions))
        self._append(lambda _: [entry])

    def undo(self, count: int = 1) -> int:
        """Undo the last entries; returns their number.

        Raises:
            UserError: There is nothing to undo.
        """
        return self._move(count, Undo, lambda history: history.undoable, "undo")

    def redo(self, count: int = 1) -> int:
        """Redo the entries that were undone last; returns their number.

        Raises:
            UserError: There is nothing to redo.
        """
        return self._move(count, Redo, lambda history: history.redoable, "redo")

    def _move(self, count: int, line: Callable[[str], Line], available: Callable[[History], int], verb: str) -> int:
        if count < 1:
            raise UserError(
                f"The number of entries to {verb} must be 1 or more (got {count}).", "Give a number from 1."
            )
        moved = 0

        def lines(history: History) -> list[Line]:
            nonlocal moved
            moved = min(count, available(history))
            if not moved:
                raise UserError(
                    f"There is nothing to {verb} in the journal of “{self.root}”.", _NOTHING[verb], self.root
                )
            return [line(_now())] * moved

        self._append(lines)
        return moved

    def _append(self, lines: Callable[[History], Sequence[Line]]) -> None:
        self.file.append(lines)
        folders.describe(self.folder, self.root)


_NOTHING = {
    "undo": "No choice of yours is in effect.",
    "redo": "Only what was undone can be redone, and only until the next choice.",
}


def open_journal(folder: str) -> Generator[Progress, None, Journal]:
    """Open the journal of a folder; one without entries where there is none yet.

    Raises:
        UserError: The folder or its journal cannot be read.
    """
    root, _ = layout.root_of(folder)
    pace = Pace("scan")
    photos: list[str] = []
    for item in walk.photos(root, ""):
        if not isinstance(item, Skipped):
            photos.extend(item)
        if (progress := pace.at(len(photos))) is not None:
            yield progress
    photos.sort()
    where = folders.find(root, photos)
    return Journal(root, tuple(photos), where, JournalFile(where.file))


def require_class(name: str, classes: Sequence[str]) -> str:
    """The class of this name.

    Raises:
        UserError: There is none; the hint has similar names.
    """
    if name in classes:
        return name
    shown = ", ".join(f"“{one}”" for one in classes[:8]) + (", …" if len(classes) > 8 else "")
    raise UserError(f"There is no class “{name}”.", near(name, classes) or f"The classes are {shown}.")


def require_split(name: str) -> str:
    """The split of this name, “validation” for example.

    Raises:
        UserError: There is none.
    """
    if name.lower() in layout.ROLES:
        return layout.ROLES[name.lower()]
    raise UserError(f"There is no split “{name}”.", near(name, SPLITS) or "The splits are train, val and test.")


def require_finding(name: str) -> str:
    """The kind of finding, with the class after a colon if it concerns one.

    Raises:
        UserError: There is no such kind.
    """
    kind = name.partition(":")[0]
    if kind in KINDS:
        return name
    raise UserError(f"There is no finding “{kind}”.", near(kind, KINDS) or f"The findings are {', '.join(KINDS)}.")


def near(name: str, names: Sequence[str]) -> str:
    """A hint with the most similar of some names; "" where none is similar."""
    folded = {one.casefold(): one for one in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(f'“{folded[one]}”' for one in close)}?" if close else ""


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
