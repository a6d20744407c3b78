"""Closes the window on Ctrl+C in the terminal and on SIGTERM, like its close button but without a question.

Python runs signal handlers between two of its own instructions, and Qt's event loop executes none while it is idle. So
the signal is made to arrive on a socket, which wakes the loop.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier


class SignalHandler(QObject):
    """Handles the signals while its window lives; `close` restores the previous handlers.

    Args:
        leave: Closes the window without asking.
        parent: The window.
    """

    def __init__(self, leave: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._leave = leave
        self._usable = threading.current_thread() is threading.main_thread() and sys.platform != "win32"
        if not self._usable:
            return
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._old_handlers = {
            number: signal.signal(number, self._ignore)
            for number in (signal.SIGINT, signal.SIGTERM)
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        self._old_wakeup = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._arrived)

    def close(self) -> None:
        """Restore the previous handlers."""
        if self._usable:
            self._usable = False
            self._notifier.setEnabled(False)
            signal.set_wakeup_fd(self._old_wakeup)
            for number, handler in self._old_handlers.items():
                signal.signal(number, handler)
            self._ours.close()
            self._theirs.close()

    def _ignore(self, number: int, frame: FrameType | None) -> None:
        """Do nothing: the byte on the socket wakes the loop."""

    def _arrived(self) -> None:
        with contextlib.suppress(OSError):
            self._ours.recv(64)
        self._leave()
