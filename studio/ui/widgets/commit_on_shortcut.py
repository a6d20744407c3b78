"""What is being typed counts when a key starts the training.

A line keeps what is typed to itself until it is left, and no shortcut leaves it: Ctrl+Return would train with the
number that stood there before, beside the new one.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

STARTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F5)


class CommitOnShortcut(QObject):
    """Has a field's number taken before any shortcut with Return or F5 is carried out.

    Args:
        field: Where it is typed; owns this.
        take: Takes it.
    """

    def __init__(self, field: QWidget, take: Callable[[], object]) -> None:
        super().__init__(field)
        self._take = take
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Qt asks the field with the focus before it carries out a shortcut."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in STARTERS:
            self._take()
        return False
