"""Watches the queue of the terminal, which other processes change, too, and changes it.

Its file is read in a thread every two seconds while the window is active, like the folder of photos (`FolderWatch`): it
may lie on a server that does not answer, and a change waits for a lock that another process holds.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from studio.jobs.workers import DaemonPool

if TYPE_CHECKING:
    from studio.runs.batches.queue_lines import QueueView

EVERY_MS = 2000
SOON_MS = 50
"""Time between two checks whether an answer has come."""


class QueueWatch(QObject):
    """The queue of the terminal, as one window sees it.

    Signals:
        changed: The `QueueView`, which differs from the one before.
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view: QueueView | None = None
        self._pending: Future[QueueView] | None = None
        self._removals: list[int] = []
        self._moves: list[tuple[int, int]] = []
        self._begun = self._awake = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)

    def begin(self) -> None:
        """Read the queue for the first time, after the first paint, and watch it from then on."""
        self._begun = True
        self.check()

    def wake(self, awake: bool) -> None:
        """Watch while the window is active."""
        if awake == self._awake:
            return
        self._awake = awake
        if self._begun:
            self.check()

    def remove(self, number: int) -> None:
        """Remove a run; one that trains elsewhere is stopped by the process that trains it."""
        self._removals.append(number)
        self.check()

    def move(self, number: int, place: int) -> None:
        """Move a run to a position (0: the next one)."""
        self._moves.append((number, place))
        self.check()

    def check(self) -> None:
        """Handle the answer to the last reading, and begin the next one."""
        if self._pending is not None:
            if not self._pending.done():
                return
            answer, self._pending = self._pending, None
            self._show(answer)
        elif self._begun:
            pool = DaemonPool(_changed_and_read, 1)
            self._pending = pool.submit((tuple(self._removals), tuple(self._moves)))
            self._removals.clear()
            self._moves.clear()
            pool.close()  # the thread of the pool ends once there is an answer
        if self._pending is not None or self._removals or self._moves:
            self._timer.start(SOON_MS)
        elif self._awake and self._begun:
            self._timer.start(EVERY_MS)
        else:
            self._timer.stop()

    def shut_down(self) -> None:
        """Stop watching; a thread that waits for a dead server is abandoned."""
        self._begun = self._awake = False
        self._pending = None
        self._timer.stop()

    def _show(self, answer: Future[QueueView]) -> None:
        view = answer.result()
        if view != self._view:
            self._view = view
            self.changed.emit(view)


def _changed_and_read(changes: tuple[tuple[int, ...], tuple[tuple[int, int], ...]]) -> QueueView:
    """Remove and move runs, and read the queue; runs in the thread."""
    # Imported here, after the first paint, because it takes time.
    from studio.runs.batches import queue_view
    from studio.runs.batches.run_queue import RunQueue

    return queue_view.read(RunQueue(), *changes)
