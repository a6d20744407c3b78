"""Card: the titled surface of all content, with space for controls beside the title."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel


class Title(ElidedLabel):
    """Title of a card: elided where it does not fit, and then shown in full by its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the tooltip."""
        super().resizeEvent(event)
        self._explain()

    def show_text(self, text: str) -> None:
        """Show another title."""
        if text != self.text():
            self.setText(text)
            self._explain()

    def _explain(self) -> None:
        elided = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(typography.tip(self.text()) if elided else "")


class Card(QFrame):
    """A titled surface.

    Attributes:
        header: Row of the title; added widgets are at its right end.
        body: Column below it.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        self._title = Title(self)  # elided, because a class name in it may be longer than the window
        self._title.setObjectName("card_title")
        self._title.setMinimumHeight(theme.enlarged(28))
        self.header.addWidget(self._title, 1)
        column.addLayout(self.header)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        column.addLayout(self.body, 1)
        self.set_title(title)

    def set_title(self, title: str) -> None:
        """Change the title; without one and without controls the header takes no space."""
        if self._title.text() != title:
            self._title.show_text(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)
