"""The activation microscope with a scroll bar where the window is low."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from studio.ui.stations.features.microscope.card import Microscope

OTHERS = 392
"""Height of all other parts of the card, with a row of tiles."""
LEAST, LARGEST = 96, 420
"""Sides of the two pictures."""


class MicroscopePanel(QScrollArea):
    """Gives the pictures the height that the other parts leave."""

    def __init__(self, microscope: Microscope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._microscope = microscope
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(microscope)

    def minimumSizeHint(self) -> QSize:
        """Wide enough that the card is not cut off at its right, even with the scroll bar."""
        least = super().minimumSizeHint()
        needed = self._microscope.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(max(least.width(), needed), least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the largest side of the pictures."""
        self._microscope.pair.set_limit(min(LARGEST, max(LEAST, event.size().height() - OTHERS)))
        super().resizeEvent(event)
