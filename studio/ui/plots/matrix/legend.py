"""Legend of a confusion matrix: the ramp of correct photos, and that of errors."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.formatting.language import tr
from studio.formatting.numbers import NARROW
from studio.session.evaluation.confusion_view import Shown
from studio.ui.plots.matrix import cells
from studio.ui.theme import theme

WORDS: dict[Shown, str] = {"counts": tr("share of row"), "row": tr("share of row"), "column": tr("share of column")}
BAR, GAP = 6, 12
Flag = Qt.AlignmentFlag


class MatrixLegend(QWidget):
    """Two bars from 0 to 100 %, each with its meaning."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = WORDS["counts"]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Legend of the confusion matrix"))
        self.show_as("counts")
        theme.when_changed(self.update)

    def show_as(self, shown: Shown) -> None:
        """Follow the content of the cells."""
        self._words = WORDS[shown]
        self.setAccessibleDescription(
            tr(
                "The darker or brighter a cell, the larger its {words}: blue where predictions are "
                "right, red where they are wrong."
            ).format(words=self._words)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the bars and their words."""
        painter, shades = QPainter(self), theme.current()
        painter.setFont(theme.scaled(0.85))
        metrics = painter.fontMetrics()
        painter.setPen(QColor(shades.muted))
        first = metrics.horizontalAdvance(self._words) + GAP
        painter.drawText(QRect(0, 0, first, self.height()), Flag.AlignVCenter, self._words)
        wide = (self.width() - first - GAP) // 2
        for place, (name, (low, high)) in enumerate(zip((tr("right"), tr("wrong")), cells.ramps(shades), strict=True)):
            bar = QRect(first + place * (wide + GAP), 2, wide, BAR)
            gradient = QLinearGradient(bar.left(), 0, bar.right(), 0)
            gradient.setColorAt(0, QColor(low))
            gradient.setColorAt(1, QColor(high))
            painter.fillRect(bar, gradient)
            below = QRect(bar.left(), bar.bottom() + 1, bar.width(), self.height() - bar.bottom() - 1)
            painter.setPen(QColor(shades.muted))
            for side, text in ((Flag.AlignLeft, "0"), (Flag.AlignHCenter, name), (Flag.AlignRight, f"100{NARROW}%")):
                painter.drawText(below, side | Flag.AlignVCenter, text)
        painter.end()

    def sizeHint(self) -> QSize:
        """One line of text below the bars."""
        return QSize(260, BAR + 6 + theme.scaled(0.85).pointSize() * 2)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the words allow."""
        return QSize(200, self.sizeHint().height())
