"""Search line: a button and Esc clear it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QToolButton, QWidget

from studio.formatting.language import tr


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
            button.setAccessibleName(tr("Clear the search"))
        self._found: tuple[QAbstractItemView, int] | None = None

    def take_focus(self) -> None:
        """Focus the line for a shortcut, with its text selected, so that typing replaces it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def lead_to(self, view: QAbstractItemView, column: int = 0) -> None:
        """Move the focus to the view of what was found with Down, to the first row if none is current.

        Args:
            view: A list or table.
            column: Column of the cell that becomes current.
        """
        self._found = view, column

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the line with Esc; where it is empty, Esc closes the dialog or popup that it is in."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down and self._found is not None and self._found[0].model().rowCount():
            view, column = self._found
            if not view.currentIndex().isValid():
                view.setCurrentIndex(view.model().index(0, column))
            view.setFocus()
        else:
            super().keyPressEvent(event)
