"""Search line: a button and Esc clear it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget


class SearchLine(QLineEdit):
    """A line for words to search for.

    Args:
        name: Its name for the screen reader.
        placeholder: Its text while it is empty.
        tip: Its tooltip: where the words are searched for.
        parent: Owner.
    """

    def __init__(self, name: str, placeholder: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setToolTip(tip)
        self.setClearButtonEnabled(True)
        for button in self.findChildren(QToolButton):
            button.setAccessibleName("Clear the search")

    def take_focus(self) -> None:
        """Focus the line for a shortcut, with its text selected, so that typing replaces it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the line with Esc; where it is empty, Esc closes the dialog or popup that it is in."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
