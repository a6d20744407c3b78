"""Reads a network file in a thread of its own, so that a large file or a slow disk does not block the window."""

from __future__ import annotations

from concurrent.futures import Future

from PySide6.QtCore import QObject, Signal

from studio.session.plan import network_choice
from studio.session.plan.network_choice import NetworkChoice
from studio.spec import UserError
from studio.ui.system.background_call import BackgroundCall


class NetworkFileReader(BackgroundCall[str, NetworkChoice]):
    """One reading.

    Signals:
        file_read: The `NetworkChoice`.
        failed: What is wrong, and what to do.
    """

    file_read = Signal(object)
    failed = Signal(str)

    def __init__(self, path: str, parent: QObject | None = None) -> None:
        super().__init__(network_choice.read, path, parent)

    def _ended(self, answer: Future[NetworkChoice]) -> None:
        error = answer.exception()
        if isinstance(error, UserError):
            self.failed.emit(str(error))
        elif error is not None:
            raise error
        else:
            self.file_read.emit(answer.result())
