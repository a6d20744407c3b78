"""Bars of a vector of any length, with the number under the crosshair marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.session.inspection import readout
from studio.ui.theme import theme


def draw_bars(painter: QPainter, area: QRect, values: NDArray[np.float32], marked: int) -> None:
    """Draw a bar for each number; where there are more than pixels, each bar spans the numbers of its pixel."""
    shades = theme.current()
    finite = values[np.isfinite(values)]
    top = max(float(finite.max()), 0.0) if finite.size else 0.0
    bottom = min(float(finite.min()), 0.0) if finite.size else 0.0
    span = (top - bottom) or 1.0
    painter.setFont(theme.scaled(0.85))
    line = painter.fontMetrics().height()
    inner = QRectF(area).adjusted(0, line + 2, 0, -line - 2)
    zero = inner.top() + top / span * inner.height()
    columns = np.array_split(np.nan_to_num(values), max(1, min(area.width(), len(values))))
    wide = inner.width() / len(columns)
    for place, part in enumerate(columns):
        upper, lower = max(float(part.max()), 0.0), min(float(part.min()), 0.0)
        box = QRectF(inner.left() + place * wide, zero - upper / span * inner.height(), max(wide * 0.8, 1.0), 0)
        box.setBottom(zero - lower / span * inner.height())
        painter.fillRect(box, QColor(shades.accent))
    painter.setPen(QColor(shades.border))
    painter.drawLine(area.left(), round(zero), area.right(), round(zero))
    x = inner.left() + (min(marked, len(values) - 1) + 0.5) / len(values) * inner.width()
    painter.setPen(QPen(QColor(shades.text), 1, Qt.PenStyle.DashLine))
    painter.drawLine(round(x), area.top() + line, round(x), area.bottom() - line)
    painter.setPen(QColor(shades.muted))
    painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, readout.value(top))
    painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, readout.value(bottom))
