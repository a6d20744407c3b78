"""One call in a thread of its own, so that a slow disk does not block the window; its result comes as a signal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from studio.jobs.workers import DaemonPool

Argument = TypeVar("Argument")
Result = TypeVar("Result")

POLL_MS = 30
"""Time between two checks whether the call has ended."""


class BackgroundCall(QObject, Generic[Argument, Result]):
    """Base of an object that makes one call; a subclass emits its signals in `_ended`."""

    def __init__(self, call: Callable[[Argument], Result], argument: Argument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        pool = DaemonPool(call, 1)
        self._answer: Future[Result] = pool.submit(argument)
        pool.close()  # the thread of the pool ends once there is an answer
        # A timer, because a signal emitted in that thread could reach this object while it is being destroyed.
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        if self._answer.done():
            self._timer.stop()
            self._ended(self._answer)

    def _ended(self, answer: Future[Result]) -> None:
        raise NotImplementedError
