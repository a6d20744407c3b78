"""The journal of a folder of photos: reading and changing the user's choices. No file among the photos is changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from studio.data.content_hashes import ContentHashes, sizes_of
from studio.data.journal.entries import Action, Entry, Line, PhotoKey, Redo, Undo, now
from studio.data.journal.history import History
from studio.data.journal.matching import match_photos
from studio.data.journal.photo_names import PhotoNames
from studio.data.journal.storage import folders
from studio.data.journal.storage.folders import JournalFolder
from studio.data.journal.storage.journal_file import JournalFile
from studio.data.journal.words import entry_words
from studio.events import AcceptedFinding, JournalRead, PhotoChoice, Progress, Skipped
from studio.spec import UserError


@dataclass
class Journal:
    """The journal of a folder of photos.

    Attributes:
        root: Absolute path of the photos' folder.
        photos: Relative paths of all photos in it.
        folder: Where the journal is stored.
        file: Its file there.
        taken_over: Choices of nested folders that were added to it when it was opened, in words; "" for none.
    """

    root: str
    photos: tuple[str, ...]
    folder: JournalFolder
    file: JournalFile
    taken_over: str = ""

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
        return (yield from self.keys_at(PhotoNames(self.root, self.photos).find(names)))

    def keys_at(self, paths: Sequence[str]) -> Generator[Progress, None, tuple[PhotoKey, ...]]:
        """The photos at these relative paths, as the journal identifies them.

        Raises:
            UserError: A photo cannot be read; nothing was changed.
        """
        sizes = sizes_of(self.root, paths)
        contents = yield from self.hashes().of(self.photos, {*sizes.values(), *(key.size for key in self.all_keys())})
        for path in paths:
            if path not in contents:
                raise UserError(f"The photo “{path}” cannot be read.", "Check the file; nothing was changed.", path)
        return self.keys_for(paths, contents)

    def all_keys(self) -> set[PhotoKey]:
        """All photos that an entry is about."""
        return {key for entry in self.history.entries for action in entry.actions for key in action.photos}

    def keys_for(self, paths: Sequence[str], contents: Mapping[str, str]) -> tuple[PhotoKey, ...]:
        """The photos at these paths, as the journal identifies them.

        Args:
            paths: Relative paths.
            contents: Hashes by path, of all photos of the same sizes.
        """
        keys = match_photos(self.all_keys(), contents)
        sizes = sizes_of(self.root, paths)
        copies: dict[str, list[str]] = {}
        for path, content in contents.items():
            copies.setdefault(content, []).append(path)
        return tuple(
            keys.get(path)
            or PhotoKey(
                contents[path], path, sizes[path], tuple(other for other in copies[contents[path]] if other != path)
            )
            for path in paths
        )

    def read(
        self, change: str = "", left_out: Iterable[Skipped] = (), reverse: Literal["", "undo", "redo"] = ""
    ) -> Generator[Progress, None, JournalRead]:
        """The choices in effect, with the present paths of their photos.

        Args:
            change: The change that was just made, in one sentence.
            left_out: Rows of an imported file that could not be used.
            reverse: The step that reverses the change.
        """
        history = self.history
        choices = history.choices
        path_of = yield from self.paths_of(choices.keys())
        photos = {
            key: PhotoChoice(
                path_of.get(key, key.path), key.content, key.size, one.excluded, one.label, one.split, key.others
            )
            for key, one in choices.photos.items()
        }
        accepted = [
            AcceptedFinding(kind, tuple(sorted(path_of.get(key, key.path) for key in keys)))
            for kind, keys in choices.accepted
        ]
        return JournalRead(
            self.root,
            str(self.folder.file),
            tuple(sorted((one for key, one in photos.items() if key in path_of), key=attrgetter("path"))),
            tuple(sorted((one for key, one in photos.items() if key not in path_of), key=attrgetter("path"))),
            tuple(sorted(accepted, key=attrgetter("kind", "photos"))),
            history.undoable,
            history.redoable,
            change,
            tuple(left_out),
            undo=entry_words(history.entries[history.position - 1]) if history.undoable else "",
            redo=entry_words(history.entries[history.position]) if history.redoable else "",
            reverse=reverse,
            taken_over=self.taken_over,
        )

    def paths_of(self, keys: Collection[PhotoKey]) -> Generator[Progress, None, dict[PhotoKey, str]]:
        """Present paths of photos, without those that are no longer in the folder."""
        if not keys:
            return {}
        contents = yield from self.hashes().of(self.photos, {key.size for key in keys})
        return {key: path for path, key in match_photos(keys, contents).items()}

    def hashes(self) -> ContentHashes:
        """Reader of the photos' hashes."""
        return ContentHashes(self.root)

    def add(self, actions: Iterable[Action]) -> None:
        """Write an entry; entries that were undone can no longer be redone.

        Raises:
            UserError: It cannot be written; nothing was changed.
        """
        entry = Entry(now(), tuple(actions))
        self._append(lambda _: [entry])

    def add_to(self, before: History, entry: Entry) -> bool:
        """Write an entry unless another program has changed the journal; returns True where it was written.

        Args:
            before: The history that the entry was made for.
            entry: The entry.

        Raises:
            UserError: It cannot be written; nothing was changed.
        """
        written = False

        def lines(history: History) -> list[Line]:
            nonlocal written
            written = history == before
            return [entry] if written else []

        self._append(lines)
        return written

    def append_lines(self, lines: Sequence[Line]) -> None:
        """Write lines of another journal of the same photos.

        Raises:
            UserError: They cannot be written; nothing was changed.
        """
        self._append(lambda _: lines)

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
            return [line(now())] * moved

        self._append(lines)
        return moved

    def _append(self, lines: Callable[[History], Sequence[Line]]) -> None:
        history = self.file.append(lines)
        keys = (key for entry in history.entries for action in entry.actions for key in action.photos)
        with contextlib.suppress(OSError):  # this file only serves to find the journal after the folder was moved
            folders.describe(self.folder, self.root, keys)


_NOTHING = {
    "undo": "No choice of yours is in effect.",
    "redo": "Only what was undone can be redone, and only until the next choice.",
}
