"""Probabilities of the classes as bars with names and numbers."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.ui.theme import theme

BAR = 36
"""Height of a class in pixels."""


class ProbabilityBars(QWidget):
    """Probabilities as bars with names and numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chances: tuple[tuple[str, float], ...] = ()
        self._true = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Class probabilities"))

    def show_probabilities(self, probabilities: tuple[tuple[str, float], ...], true: str) -> None:
        """Draw these bars, with the true class marked."""
        self._chances, self._true = probabilities, true
        self.setAccessibleDescription(
            ", ".join(f"{name} {numbers.percent(probability)}" for name, probability in probabilities[:10])
        )
        self.setFixedHeight(max(1, BAR * len(probabilities)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible bars."""
        painter, shades = QPainter(self), theme.current()
        line = self.fontMetrics().height()
        first, last = event.rect().top() // BAR, event.rect().bottom() // BAR
        for place in range(max(0, first), min(len(self._chances), last + 1)):
            name, probability = self._chances[place]
            called = typography.one_line(name)
            box = QRect(0, place * BAR, self.width(), line)
            painter.setPen(QColor(shades.text))
            number = numbers.percent(probability)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, number)
            box.setWidth(box.width() - self.fontMetrics().horizontalAdvance(number) - 8)
            shown = tr("{name} · true class").format(name=called) if name == self._true else called
            short = self.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideMiddle, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, short)
            bar = QRect(0, place * BAR + line + 2, self.width(), 6)
            painter.fillRect(bar, QColor(shades.border))
            bar.setWidth(round(self.width() * probability))
            painter.fillRect(bar, QColor(shades.good if name == self._true else shades.accent))
        painter.end()
