"""Notices that something was added to the open folder of photos or taken from it.

Every two seconds, while the user is at the window, the class folders are asked for the time of their last change, in a
thread of its own: a folder may lie on a server that does not answer. A watcher of the operating system would have to be
set up in the window's thread, and says nothing of network drives.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from studio.data import changes
from studio.events import Dataset
from studio.jobs.workers import DaemonPool

EVERY_MS = 2000
AGAIN_S = 30.0
"""Seconds after which a look is taken though no folder says that it changed: some file systems never say so."""

SLACK_NS = 2_000_000_000
"""How roughly some file systems keep the time of a change."""


class FolderWatch(QObject):
    """Looks at the folders of one data set.

    Signals:
        changed: Something may be different; the folder should be listed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._listed_at = 0
        self._told_at = 0.0
        self._last: tuple[int, ...] | None = None
        self._asked: tuple[Dataset, Future[tuple[int, ...]]] | None = None
        self._targets = ""
        self._refused: tuple[str, int] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)

    def follow(self, dataset: Dataset | None, listed_at: int, targets: str = "", refused: str = "") -> None:
        """Look at this data set from now on.

        Args:
            dataset: As it was listed; None looks at nothing.
            listed_at: When its listing began, `time.time_ns()`.
            targets: The file of numbers to be learned; "" where classes are.
            refused: A folder in which nothing could be listed; what is put into it may mend that.
        """
        if dataset is None and refused:
            if self._refused == (refused, listed_at):
                return
            dataset = Dataset(refused, (), ())
        self._refused = (refused, listed_at) if refused else None
        if dataset is self._dataset:
            return
        self._dataset, self._listed_at, self._last = dataset, listed_at, None
        self._targets = targets
        self._told_at = time.monotonic()

    def wake(self, awake: bool) -> None:
        """The user is at the window, or not: then nobody reads what would be noticed."""
        if not awake:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()
            if time.monotonic() - self._told_at > AGAIN_S:
                self._tell()
            self.look()

    def look(self) -> None:
        """Take what came of the last look, and look again."""
        if self._asked is not None:
            dataset, answer = self._asked
            if not answer.done():
                return
            self._asked = None
            if dataset is self._dataset:
                self._compare(answer.result())
        if self._dataset is not None:
            crew = DaemonPool(partial(_stamps, self._targets), 1)
            self._asked = self._dataset, crew.begin(self._dataset)
            crew.leave()  # its thread ends with the answer

    def shut_down(self) -> None:
        """Look at nothing more; a thread that a dead server holds is left to itself."""
        self._timer.stop()
        self._dataset = self._refused = None

    def _compare(self, now: tuple[int, ...]) -> None:
        """The first look is held against the time of the listing, later ones against the one before."""
        before, self._last = self._last, now
        gone = 0 in now and self._refused is None  # a folder that was listed
        since = gone or max(now, default=0) > self._listed_at - SLACK_NS
        if since if before is None else now != before:
            self._tell()

    def _tell(self) -> None:
        if self._dataset is not None:
            self._told_at = time.monotonic()
            self.changed.emit()


def _stamps(targets: str, dataset: Dataset) -> tuple[int, ...]:
    """In the thread."""
    folders = changes.folders(dataset) if dataset.photos else changes.first_folders(dataset.folder)
    return changes.stamps([*folders, *filter(None, [targets])])
