"""Notices when photos are added to or removed from the open folder.

Every two seconds, while the window is active, the modification times of the class folders are read in a separate
thread: a folder may lie on a server that does not answer. The operating system's file watcher is not used: it would
have to be set up in the window's thread, and it reports nothing on network drives.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from studio.data.folder import changes
from studio.events import Dataset
from studio.jobs.workers import DaemonPool
from studio.system import remote

EVERY_MS = 2000
AGAIN_S = 30.0
"""Seconds between unconditional checks: some file systems do not update a folder's modification time."""

SLACK_NS = 2_000_000_000
"""Resolution of modification times on the coarsest file systems, in nanoseconds."""


class FolderWatch(QObject):
    """Watches the folders of one data set.

    Signals:
        changed: The folder may have changed and should be listed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._listed_at = 0
        self._emitted_at = 0.0
        self._last: tuple[int, ...] | None = None
        self._pending: tuple[Dataset, Future[tuple[int, ...]]] | None = None
        self._targets = ""
        self._unreadable: tuple[str, int] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.check)

    def follow(self, dataset: Dataset | None, listed_at: int, targets: str = "", unreadable: str = "") -> None:
        """Watch this data set from now on.

        Args:
            dataset: The data set as listed; None stops watching.
            listed_at: Start time of the listing, `time.time_ns()`.
            targets: CSV file of regression targets; "" without one.
            unreadable: A folder whose listing failed; files added to it may make it valid.
        """
        if remote.url_of(dataset.folder if dataset is not None else unreadable):
            dataset, unreadable = None, ""  # a listing of a server may take minutes, and cost money
        if dataset is None and unreadable:
            if self._unreadable == (unreadable, listed_at):
                return
            dataset = Dataset(unreadable, (), ())
        self._unreadable = (unreadable, listed_at) if unreadable else None
        if dataset is self._dataset:
            return
        self._dataset, self._listed_at, self._last = dataset, listed_at, None
        self._targets = targets
        self._emitted_at = time.monotonic()

    def wake(self, awake: bool) -> None:
        """Start checking while the window is active, and stop otherwise."""
        if not awake:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()
            if time.monotonic() - self._emitted_at > AGAIN_S:
                self._emit_changed()
            self.check()

    def check(self) -> None:
        """Handle the result of the last check and start the next one."""
        if self._pending is not None:
            dataset, answer = self._pending
            if not answer.done():
                return
            self._pending = None
            if dataset is self._dataset:
                self._compare(answer.result())
        if self._dataset is not None:
            pool = DaemonPool(partial(_stamps, self._targets), 1)
            self._pending = self._dataset, pool.submit(self._dataset)
            pool.close()  # the thread of the pool ends once there is an answer

    def shut_down(self) -> None:
        """Stop watching; a thread that waits for a dead server is abandoned."""
        self._timer.stop()
        self._dataset = self._unreadable = None

    def _compare(self, now: tuple[int, ...]) -> None:
        """Compare with the previous check; the first one is compared with the time of the listing."""
        before, self._last = self._last, now
        is_missing = 0 in now and self._unreadable is None  # a folder of the listing is gone
        since = is_missing or max(now, default=0) > self._listed_at - SLACK_NS
        if since if before is None else now != before:
            self._emit_changed()

    def _emit_changed(self) -> None:
        if self._dataset is not None:
            self._emitted_at = time.monotonic()
            self.changed.emit()


def _stamps(targets: str, dataset: Dataset) -> tuple[int, ...]:
    """Modification times; runs in the thread."""
    folders = changes.folders(dataset) if dataset.photos else changes.first_folders(dataset.folder)
    return changes.stamps([*folders, *filter(None, [targets])])
