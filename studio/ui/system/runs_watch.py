"""Notices that another program, here or on another computer, begins or ends a run in the folder of runs.

A few files are looked for in a thread every few seconds, like the folder of photos (`FolderWatch`): the folder may lie
on a server that does not answer.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import Future

from PySide6.QtCore import QObject, QTimer, Signal

from studio.jobs.workers import DaemonPool

EVERY_MS = 3000

NEWEST = 8
"""Runs whose files are looked for: those that began last."""


class RunsWatch(QObject):
    """Watches the user's folder of runs.

    Signals:
        changed: The runs should be listed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last: tuple[object, ...] | None = None
        self._pending: Future[tuple[object, ...]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.check)

    def begin(self) -> None:
        """Watch from now on."""
        if not self._timer.isActive():
            self._timer.start()
            self.check()

    def check(self) -> None:
        """Handle the result of the last check, and start the next one."""
        if self._pending is not None:
            if not self._pending.done():
                return
            now, self._pending = self._pending.result(), None
            before, self._last = self._last, now
            if before is not None and now != before:
                self.changed.emit()
        pool = DaemonPool(_signs, 1)
        self._pending = pool.submit(None)
        pool.close()  # the thread of the pool ends once there is an answer

    def shut_down(self) -> None:
        """Stop watching; a thread that waits for a dead server is abandoned."""
        self._timer.stop()
        self._pending = None


def _signs(_nothing: None) -> tuple[object, ...]:
    """What changes where a run begins or ends; runs in the thread."""
    # Imported here, after the first paint, because it takes time.
    from studio.runs import folder
    from studio.runs.files import lock
    from studio.system import paths

    place = paths.runs_folder()
    with contextlib.suppress(OSError):
        newest = sorted((one for one in place.iterdir() if folder.is_named_by_time(one)), reverse=True)[:NEWEST]
        files = (run / name for run in newest for name in (folder.RUN, lock.HOLDER))
        return (place.stat().st_mtime_ns, *((str(file), file.exists()) for file in files))
    return ()
