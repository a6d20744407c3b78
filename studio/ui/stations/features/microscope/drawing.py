"""Draws what is on and beside the two pictures: crosshair, chosen patch, color bar, bars of a vector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen

from studio.formatting.language import tr
from studio.session.inspection import readout
from studio.session.inspection.exhibit import Exhibit
from studio.ui.theme import theme

BAR, SCALE = 10, 35
"""Height of the color bar, and of all of the scale with its numbers."""
ROOM = 140
"""Width of the bar from which on there is room for a third number."""
STOPS = 16


def draw_bars(painter: QPainter, area: QRect, values: NDArray[np.float32], marked: int) -> None:
    """Draw a bar for each number; with more numbers than pixels, each bar spans the numbers of its pixel."""
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


def draw_section(painter: QPainter, box: QRect, whole: QRectF, image: QImage) -> None:
    """Draw the section of a picture that is in a box, where the whole picture would fill the rectangle `whole`."""
    across, down = image.width() / whole.width(), image.height() / whole.height()
    left, top = (box.left() - whole.left()) * across, (box.top() - whole.top()) * down
    painter.drawImage(QRectF(box), image, QRectF(left, top, box.width() * across, box.height() * down))


def draw_patch(painter: QPainter, photo: QRect | QRectF, exhibit: Exhibit) -> None:
    """Mark the chosen patch in the photo."""
    (rows, columns), (row, column) = exhibit.side, exhibit.patch
    wide, high = photo.width() / columns, photo.height() / rows
    painter.setPen(QPen(QColor(theme.current().accent), 2))
    painter.drawRect(QRectF(photo.left() + column * wide, photo.top() + row * high, wide, high))


def draw_crosshair(painter: QPainter, box: QRect | QRectF, shape: tuple[int, ...], cell: tuple[int, int]) -> None:
    """Draw two lines through a cell of a picture of `shape`, and a frame around it."""
    wide, high = box.width() / shape[1], box.height() / shape[0]
    frame = QRectF(box.left() + cell[1] * wide, box.top() + cell[0] * high, wide, high)
    middle = frame.center()
    square = frame if wide >= 8 else QRectF(middle.x() - 4, middle.y() - 4, 8, 8)
    # Dark below light: visible on any picture.
    for color, width, alpha in (("#000000", 3.0, 110), ("#ffffff", 1.0, 230)):
        tint = QColor(color)
        tint.setAlpha(alpha)
        painter.setPen(QPen(tint, width))
        painter.drawLine(QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y()))
        painter.drawLine(QPointF(middle.x(), box.top()), QPointF(middle.x(), box.bottom()))
        painter.drawRect(square.intersected(QRectF(box)))


def draw_scale(
    painter: QPainter, picture: QRect, colors: NDArray[np.uint8], ends: tuple[float, float], value: float
) -> None:
    """Draw a color bar below a picture, with its ends and its middle, and a mark at the value of the crosshair."""
    (low, high), shades = ends, theme.current()
    bar = QRectF(picture.left(), picture.bottom() + 7, picture.width(), BAR)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for stop in range(STOPS + 1):
        red, green, blue = (int(part) for part in colors[round(stop / STOPS * 255)])
        gradient.setColorAt(stop / STOPS, QColor(red, green, blue))
    painter.fillRect(bar, gradient)
    painter.setPen(QColor(shades.border))
    painter.drawRect(bar)
    words = QRectF(bar.left(), bar.bottom() + 1, bar.width(), SCALE - BAR - 9)
    painter.setFont(theme.scaled(0.85))
    painter.setPen(QColor(shades.muted))
    if high <= low:
        painter.drawText(
            words, Qt.AlignmentFlag.AlignHCenter, tr("{readout} everywhere").format(readout=readout.value(low))
        )
        return
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft, readout.value(low))
    painter.drawText(words, Qt.AlignmentFlag.AlignRight, readout.value(high))
    if bar.width() >= ROOM:
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, readout.value((low + high) / 2))
    if np.isfinite(value):
        x = bar.left() + min(1.0, max(0.0, (value - low) / (high - low))) * bar.width()
        for color, width in ((shades.text, 3), (shades.card, 1)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawLine(QPointF(x, bar.top() - 3), QPointF(x, bar.bottom() + 3))
