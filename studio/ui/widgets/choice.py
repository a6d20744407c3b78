"""A combo box that shows that it opens: the style sheet's frame takes the style's own arrow away."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox

from studio.ui import theme

SIDE = 16


class Choice(QComboBox):
    """A combo box with a chevron at its right end."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the chevron over the rest."""
        super().paintEvent(event)
        shades = theme.current()
        painter = QPainter(self)
        place = QRect(self.width() - SIDE - 6, (self.height() - SIDE) // 2, SIDE, SIDE)
        theme.icon("chevron-down", shades.muted if self.isEnabled() else shades.faint).paint(painter, place)
        painter.end()
