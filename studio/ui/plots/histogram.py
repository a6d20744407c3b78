"""Histogram, painted by hand: the first page must not wait for the plotting library."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.formatting.numbers import figures
from studio.ui.plots.plot_files import PlotFiles, of_widget
from studio.ui.theme import theme

BINS = 24
MOST_WIDE = 22
"""Largest width of a bar in pixels."""


class Histogram(QWidget):
    """Bars from the lowest to the highest number, with both ends written below.

    Attributes:
        counts: Number of photos in each bar.
        edges: Ends of the bars, one more than there are bars.
        files: Copies and saves it; its card adds the button.

    Args:
        name: Quantity, for the screen reader.
        zero: True to mark 0, for errors.
        parent: Owner.
    """

    def __init__(self, name: str, zero: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._zero = name, zero
        self.counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self.edges: NDArray[np.float64] = np.zeros(0)
        self.setMinimumHeight(72)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)
        self.files = PlotFiles(self, name, of_widget(lambda: self, self.table, self.sentence))
        self.files.add_context_menu(self)
        theme.when_changed(self.update)

    def show_numbers(self, numbers: NDArray[np.float64]) -> None:
        """Count these numbers, ignoring those that are not finite."""
        finite = numbers[np.isfinite(numbers)]
        if len(finite):
            counts, self.edges = np.histogram(finite, bins=min(BINS, max(5, round(len(finite) ** 0.5) * 2)))
            self.counts = counts.astype(np.int64)
        else:
            self.counts, self.edges = np.zeros(0, np.int64), np.zeros(0)
        self.setAccessibleDescription(self.sentence())
        self.setToolTip(typography.tip(self.sentence()))
        self.update()

    def sentence(self) -> str:
        """Description of the histogram in one sentence."""
        if not len(self.counts):
            return tr("Nothing to count yet.")
        top = int(self.counts.argmax())
        low, high = (figures(float(edge)) for edge in (self.edges[0], self.edges[-1]))
        first, last = (figures(float(edge)) for edge in self.edges[top : top + 2])
        text = tr("{name}: {low} to {high}, most often {first} to {last} ({photos}).")
        photos = counted(int(self.counts[top]), "photo")
        return text.format(name=self._name, low=low, high=high, first=first, last=last, photos=photos)

    def table(self) -> str:
        """Ends and number of photos of each bar as CSV."""
        ends = zip(self.edges[:-1].tolist(), self.edges[1:].tolist(), self.counts.tolist(), strict=True)
        return "".join(["low,high,photos\n", *(f"{low:.9g},{high:.9g},{count}\n" for low, high, count in ends)])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the bars, the base line and the two ends."""
        painter, shades = QPainter(self), theme.current()
        line = self.fontMetrics().height() + 4
        base = self.height() - line
        painter.setPen(QPen(QColor(shades.border), 1))
        painter.drawLine(0, base, self.width(), base)
        if len(self.counts):
            step, top = self.width() / len(self.counts), max(1, int(self.counts.max()))
            for place, count in enumerate(self.counts.tolist()):
                height = max(2.0, (base - 4) * count / top) if count else 0.0
                bar = QRectF(place * step + 1, base - height, max(1.0, step - 2), height)
                painter.fillRect(bar, QColor(shades.accent))
            self._draw_zero(painter, base)
            painter.setPen(QColor(shades.muted))
            low, high = (figures(float(edge)) for edge in (self.edges[0], self.edges[-1]))
            words_box = QRectF(0, base + 2, self.width(), line - 2)
            painter.drawText(words_box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
            painter.drawText(words_box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, high)
        painter.end()

    def sizeHint(self) -> QSize:
        """Low and wide."""
        return QSize(BINS * MOST_WIDE // 2, 96)

    def _draw_zero(self, painter: QPainter, base: int) -> None:
        low, high = float(self.edges[0]), float(self.edges[-1])
        if not self._zero or not low < 0 < high:
            return
        place = round(self.width() * -low / (high - low))
        painter.setPen(QPen(QColor(theme.current().text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(place, 0, place, base)
        painter.setPen(QColor(theme.current().muted))
        label = QRectF(place - 20, base + 2, 40, self.height() - base - 2)
        painter.drawText(label, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, "0")
