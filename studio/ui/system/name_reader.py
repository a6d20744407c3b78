"""Reads the names of the photos of a folder in a thread of its own, so that a slow disk does not block the window."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from PySide6.QtCore import QObject, Signal

from studio.data.folder import walk
from studio.events import Skipped
from studio.ui.system.background_call import BackgroundCall

MOST_LISTED = 50_000
MOST_NAMES = 1_000
"""Most names to return, chosen evenly from all: a pattern is tried on each of them while it is typed."""


class NameReader(BackgroundCall[str, Sequence[str]]):
    """One reading.

    Signals:
        names_read: Names of photos, and the number of photos that they were taken from.
    """

    names_read = Signal(object, int)

    def __init__(self, folder: str, parent: QObject | None = None) -> None:
        super().__init__(_names, folder, parent)

    def _ended(self, answer: Future[Sequence[str]]) -> None:
        names = answer.result() if answer.exception() is None else ()
        step = max(1, -(-len(names) // MOST_NAMES))
        self.names_read.emit(tuple(names[::step]), len(names))


def _names(folder: str) -> Sequence[str]:
    """Names of photos, sorted; runs in the thread."""
    names: list[str] = []
    for item in walk.photos(folder, ""):
        if not isinstance(item, Skipped):
            names += [path.rpartition("/")[2] for path in item]
        if len(names) > MOST_LISTED:
            break
    return sorted(names)
