"""Commits a half-typed number before a shortcut starts the training.

A line edit commits its text when it loses the focus, and a shortcut does not move the focus: without this, Ctrl+Return
would train with the old number while the new one is on the screen.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

STARTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F5)


class CommitOnShortcut(QObject):
    """Commits a field's number before any shortcut with Return or F5 runs.

    Args:
        field: The field; owns this object.
        take: Commits the number.
    """

    def __init__(self, field: QWidget, take: Callable[[], object]) -> None:
        super().__init__(field)
        self._take = take
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Commit: Qt sends the focused field an event before it runs a shortcut."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in STARTERS:
            self._take()
        return False
