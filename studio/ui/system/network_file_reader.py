"""Reads a network file in a thread of its own, so that a large file or a slow disk does not block the window."""

from __future__ import annotations

from concurrent.futures import Future

from PySide6.QtCore import QObject, QTimer, Signal

from studio.jobs.workers import DaemonPool
from studio.session.plan import network_choice
from studio.session.plan.network_choice import NetworkChoice
from studio.spec import UserError

POLL_MS = 30


class NetworkFileReader(QObject):
    """One reading.

    Signals:
        file_read: The `NetworkChoice`.
        failed: What is wrong, and what to do.
    """

    file_read = Signal(object)
    failed = Signal(str)

    def __init__(self, path: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        pool = DaemonPool(network_choice.read, 1)
        self._answer: Future[NetworkChoice] = pool.submit(path)
        pool.close()  # its thread ends with the answer
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        if not self._answer.done():
            return
        self._timer.stop()
        error = self._answer.exception()
        if isinstance(error, UserError):
            self.failed.emit(str(error))
        elif error is not None:
            raise error
        else:
            self.file_read.emit(self._answer.result())
