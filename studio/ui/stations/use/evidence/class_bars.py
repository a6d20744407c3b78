"""The most probable classes as bars, with the limit from which on a class is the answer; or a number on a scale."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.using import number_scale, words
from studio.session.using.number_scale import NumberScale
from studio.session.using.words import Bar
from studio.ui.theme import theme

LINES = 6
"""Lines that there is room for: five classes and all others."""
THICK = 10
MOST_NAME = 0.4
"""Largest share of the width that names may take."""


class ClassBars(QWidget):
    """Bars, or a scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._scale: NumberScale | None = None
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Top classes"))
        theme.when_changed(self._apply_theme)

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """Show classes."""
        said = ", ".join(f"{one.name} {words.probability(one.share)}" for one in bars)
        limits = sorted({one.limit for one in bars if one.limit})
        if limits:
            said += tr("; answered from {part} on").format(part=", ".join(f"{limit:.2f}" for limit in limits))
        self._show(bars, None, tr("Top classes"), said, "")

    def show_number(self, scale: NumberScale, target: str) -> None:
        """Show a number."""
        said = number_scale.words(scale, target)
        spoken = tr("{scale}; {said}; scale {low:.3g} to {high:.3g}").format(
            scale=numbers.figures(scale.value), said=said, low=scale.low, high=scale.high
        )
        self._show((), scale, target, spoken, said)

    def _show(self, bars: tuple[Bar, ...], scale: NumberScale | None, name: str, spoken: str, text: str) -> None:
        if (bars, scale, text) == (self._bars, self._scale, self._words):
            return
        self._bars, self._scale, self._words = bars, scale, text
        self.setAccessibleName(name)
        self.setAccessibleDescription(spoken)
        self.setToolTip(typography.tip(spoken.replace(", ", "\n") if bars else spoken))
        self.updateGeometry()
        self.update()

    def _apply_theme(self) -> None:
        self.update()

    def _line(self) -> int:
        return self.fontMetrics().height() + 6

    def sizeHint(self) -> QSize:
        """A line for each class; at least two, so that the page does not jump."""
        return QSize(320, self._line() * (3 if self._scale is not None else max(2, len(self._bars))))

    def minimumSizeHint(self) -> QSize:
        """Narrow: names are elided."""
        return QSize(160, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Update the size in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the bars or the scale."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._scale is not None:
            self._paint_scale(painter, self._scale)
        elif self._bars:
            self._paint_bars(painter)
        painter.end()

    def _paint_bars(self, painter: QPainter) -> None:
        shades, metrics, line = theme.current(), painter.fontMetrics(), self._line()
        values = [words.probability(one.share) for one in self._bars]
        right = max(metrics.horizontalAdvance(value) for value in values) + 8
        names = [typography.one_line(one.name) for one in self._bars]
        left = min(round(MOST_NAME * self.width()), max(metrics.horizontalAdvance(name) for name in names) + 12)
        room = max(1, self.width() - left - right)
        middle = Qt.AlignmentFlag.AlignVCenter
        for place, (one, name, value) in enumerate(zip(self._bars, names, values, strict=True)):
            box = QRect(0, place * line, self.width(), line)
            painter.setPen(QColor(shades.text))
            short = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, left - 12)
            painter.drawText(QRect(0, box.top(), left, line), middle, short)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, value)
            bar = QRectF(left, box.top() + (line - THICK) / 2, room, THICK)
            painter.fillRect(bar, QColor(shades.raised))
            bar.setWidth(max(1.0, room * min(1.0, one.share)))
            painter.fillRect(bar, QColor(shades.accent if one.is_answer else shades.muted))
            if one.limit:
                x = left + room * one.limit
                painter.setPen(QPen(QColor(shades.text), 2))
                painter.drawLine(round(x), box.top() + 2, round(x), box.bottom() - 2)

    def _paint_scale(self, painter: QPainter, scale: NumberScale) -> None:
        shades, metrics, line = theme.current(), painter.fontMetrics(), self._line()
        spread = scale.error or 0.0
        low, high = min(scale.low, scale.value - spread), max(scale.high, scale.value + spread)
        width = high - low or 1.0

        def place(value: float) -> float:
            return 6 + (self.width() - 12) * (value - low) / width

        y = line * 1.5
        painter.setPen(QPen(QColor(shades.border), 2))
        painter.drawLine(6, round(y), self.width() - 6, round(y))
        if scale.error is not None:
            left, right = place(scale.value - spread), place(scale.value + spread)
            band = QRectF(left, y - 5, right - left, 10)
            painter.fillRect(band, QColor(shades.accent_soft))
            painter.setPen(QPen(QColor(shades.accent), 1))
            painter.drawRect(band)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(shades.accent))
        painter.drawEllipse(QRectF(place(scale.value) - 5, y - 5, 10, 10))
        painter.setPen(QColor(shades.muted))
        top, bottom = QRect(0, 0, self.width(), line), QRect(0, 2 * line, self.width(), line)
        short = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, short)
        painter.drawText(bottom, Qt.AlignmentFlag.AlignLeft, numbers.figures(low))
        painter.drawText(bottom, Qt.AlignmentFlag.AlignRight, numbers.figures(high))
