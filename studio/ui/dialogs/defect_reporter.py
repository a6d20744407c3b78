"""Shows errors that no other code catches in one dialog over the window.

There is one dialog at a time, and each error is shown once. The dialog is imported only when it is needed, so that the
window's first paint does not wait for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from studio.system import log
from studio.system.log import Defect
from studio.ui.system import qt_messages

if TYPE_CHECKING:
    from studio.ui.dialogs.defect import DefectDialog

Private = Callable[[], Iterable[str]]


def no_names() -> Iterable[str]:
    """No names: for a window without user data."""
    return ()


class DefectReporter(QObject):
    """Collects errors that no other code catches, from any thread, and shows them over the window.

    Args:
        window: The window.
        private: Names given by the user, to be left out of reports.
    """

    arrived = Signal(object)

    def __init__(self, window: QWidget, private: Private = no_names) -> None:
        super().__init__(window)
        self._window, self._private = window, private
        self._hooks = sys.excepthook, threading.excepthook
        self._dialog: DefectDialog | None = None
        self._broken = False
        # Queued, never direct: an error may come while something paints, or from another thread.
        self.arrived.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Receive errors from Python's hooks and Qt's message handler."""
        self._hooks = sys.excepthook, threading.excepthook
        log.install(self.arrived.emit)
        qt_messages.install()

    def uninstall(self) -> None:
        """Stop receiving errors."""
        qt_messages.uninstall()
        log.install()
        sys.excepthook, threading.excepthook = self._hooks

    def _show(self, defect: Defect) -> None:
        if self._dialog is not None:
            self._dialog.add(defect)
        elif not (defect.repeated or self._broken) and self._window.isVisible():
            self._broken = True  # set until the dialog is open: an error while opening it must not open another one
            from studio.ui.dialogs.defect import DefectDialog

            self._dialog = DefectDialog(defect, self._private, self._window)
            self._dialog.finished.connect(self._forget)
            self._dialog.show()
            self._broken = False

    def _forget(self) -> None:
        self._dialog = None
