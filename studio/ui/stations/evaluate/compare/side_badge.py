"""The badges of the two compared runs: A in an outlined square, B in a filled one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.theme import theme

SIDE = 18


class SideBadge(QWidget):
    """A small square with the letter of a run."""

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._letter = letter
        self.setFixedSize(SIDE, SIDE)
        self.setAccessibleName(letter)
        theme.when_changed(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the square."""
        painter, shades = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        square = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        filled = self._letter == "B"
        painter.setPen(QPen(QColor(shades.accent if filled else shades.muted), 1))
        painter.setBrush(QColor(shades.accent) if filled else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(square, 4, 4)
        painter.setPen(QColor(shades.accent_text if filled else shades.text))
        painter.setFont(theme.scaled(0.85, bold=True))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._letter)
        painter.end()
