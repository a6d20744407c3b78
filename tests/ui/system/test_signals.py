"""SIGINT and SIGTERM close the window."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from PySide6.QtCore import QObject

from studio.ui.system.signals import SignalHandler


class Window(QObject):
    """A stand-in for the window that counts requests to close."""

    left = 0

    def leave(self) -> None:
        self.left += 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_close_the_window_and_restore_the_signal_handlers(qtbot, number):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    window = Window()
    signal_handler = SignalHandler(window.leave, window)
    try:
        os.kill(os.getpid(), number)
        qtbot.waitUntil(lambda: window.left == 1)
    finally:
        signal_handler.close()
    assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
