"""Reads the names of the photos of a folder in a thread of its own, so that a slow disk does not block the window."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from PySide6.QtCore import QObject, QTimer, Signal

from studio.data.folder import walk
from studio.events import Skipped
from studio.jobs.workers import DaemonPool

MOST_LISTED = 50_000
MOST_NAMES = 1_000
"""Names that are kept, evenly over all that were listed: a pattern is tried on each of them as it is typed."""
POLL_MS = 30


class NameReader(QObject):
    """One reading.

    Signals:
        names_read: Names of photos, and the number of photos that they were taken from.
    """

    names_read = Signal(object, int)

    def __init__(self, folder: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        pool = DaemonPool(_names, 1)
        self._answer: Future[Sequence[str]] = pool.submit(folder)
        pool.close()  # its thread ends with the answer
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        if self._answer.done():
            self._timer.stop()
            names = self._answer.result() if self._answer.exception() is None else ()
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
