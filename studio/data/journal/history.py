"""History of a journal: its entries, and how many of them are in effect."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from studio.data.journal.choices import Choices, choices_of
from studio.data.journal.entries import Entry, Header, Line, Redo, Undo


@dataclass(frozen=True)
class History:
    """The entries of a journal.

    Attributes:
        entries: In the order in which they were made, without those that were undone before another one was made.
        position: Number of entries in effect; the others are undone.
    """

    entries: tuple[Entry, ...] = ()
    position: int = 0

    @property
    def undoable(self) -> int:
        """Number of entries that can be undone."""
        return self.position

    @property
    def redoable(self) -> int:
        """Number of entries that can be redone."""
        return len(self.entries) - self.position

    def after(self, lines: Iterable[Line]) -> History:
        """The history after more lines of the file.

        Raises:
            ValueError: A line undoes or redoes an entry that does not exist.
        """
        entries, position = list(self.entries), self.position
        for line in lines:
            match line:
                case Header():
                    continue
                case Entry():
                    del entries[position:]
                    entries.append(line)
                    position += 1
                case Undo():
                    position -= 1
                case Redo():
                    position += 1
            if not 0 <= position <= len(entries):
                raise ValueError("it undoes or redoes an entry that does not exist")
        return History(tuple(entries), position)

    @functools.cached_property
    def choices(self) -> Choices:
        """The choices in effect."""
        return choices_of(self.entries[: self.position])
