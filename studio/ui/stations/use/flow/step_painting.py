"""Draws the values of one step from a photo to its prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from studio.events import PredictionTrace, TraceStep
from studio.formatting import typography
from studio.session.using import trace_words
from studio.ui.theme import theme

MOST_CLASSES = 5
APART = 0.09
"""Distance between two channels of the tensor, as a share of the room."""


def image_of(pixels: NDArray[Any]) -> QImage:
    """An (H, W, 3) uint8 array as an image that owns its pixels."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels).tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def images(step: TraceStep, trace: PredictionTrace) -> tuple[QImage, ...]:
    """Images that a step is drawn with: the photo, or the three channels of the tensor."""
    if step.step == "photo":
        return (image_of(step.values),)
    if step.step != "tensor":
        return ()
    found = []
    for channel in range(3):
        only = np.zeros_like(trace.framed)
        only[..., channel] = trace.framed[..., channel]
        found.append(image_of(only))
    return tuple(found)


def paint(
    painter: QPainter,
    room: QRectF,
    step: TraceStep,
    trace: PredictionTrace,
    pictures: Sequence[QImage],
    classes: Sequence[str],
) -> None:
    """Draw a step into the room."""
    painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
    if step.step == "photo":
        _photo(painter, room, pictures[0], trace.crop)
    elif step.step == "tensor":
        _channels(painter, room, pictures)
    elif step.step == "features":
        _vector(painter, room, step.values)
    elif step.step == "number":
        painter.setPen(QColor(theme.current().text))
        painter.setFont(theme.scaled(1.4, bold=True))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, f"{float(step.values[0]):.4g}".replace("-", "−"))
    else:
        _classes(painter, room, step, trace_words.names(step, classes))


def _fitted(room: QRectF, picture: QImage) -> QRectF:
    scale = min(room.width() / picture.width(), room.height() / picture.height())
    wide, high = picture.width() * scale, picture.height() * scale
    return QRectF(room.center().x() - wide / 2, room.center().y() - high / 2, wide, high)


def _photo(painter: QPainter, room: QRectF, picture: QImage, crop: tuple[float, float, float, float] | None) -> None:
    place = _fitted(room, picture)
    painter.drawImage(place, picture)
    if crop is None:
        return
    left, top, wide, high = crop
    box = QRectF(
        place.left() + left * place.width(),
        place.top() + top * place.height(),
        wide * place.width(),
        high * place.height(),
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
    painter.drawRect(box)
    pen = QPen(QColor(255, 255, 255), 1)
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawRect(box)


def _channels(painter: QPainter, room: QRectF, pictures: Sequence[QImage]) -> None:
    side = min(room.width(), room.height())
    step = APART * side
    inner = QRectF(0, 0, side - 2 * step, side - 2 * step)
    corner = room.center().x() - side / 2, room.center().y() - side / 2
    for place, picture in enumerate(reversed(pictures)):
        inner.moveTo(corner[0] + (2 - place) * step, corner[1] + place * step)
        spot = _fitted(inner, picture)
        painter.drawImage(spot, picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.current().card), 1))
        painter.drawRect(spot)


def _vector(painter: QPainter, room: QRectF, values: NDArray[Any]) -> None:
    shades = theme.current()
    painter.fillRect(room, QColor(shades.raised))
    columns = max(1, min(int(room.width()), len(values)))
    ends = np.linspace(0, len(values), columns + 1).astype(int)
    high = np.maximum.reduceat(values, ends[:-1])
    low = np.minimum.reduceat(values, ends[:-1])
    top, bottom = max(0.0, float(np.nanmax(high))), min(0.0, float(np.nanmin(low)))
    spread = (top - bottom) or 1.0
    wide = room.width() / columns
    zero = room.bottom() + bottom / spread * room.height()
    color = QColor(shades.ice)
    for place in range(columns):
        above, below = max(0.0, float(high[place])), min(0.0, float(low[place]))
        y = zero - above / spread * room.height()
        tall = (above - below) / spread * room.height()
        painter.fillRect(QRectF(room.left() + place * wide, y, max(1.0, wide), tall), color)


def _classes(painter: QPainter, room: QRectF, step: TraceStep, names: Sequence[str]) -> None:
    shades, metrics, values = theme.current(), painter.fontMetrics(), step.values
    most = max(1, min(MOST_CLASSES, int(room.height() // (2 * metrics.height() + 2)), len(values)))
    best = np.argsort(-values, kind="stable")[:most]
    low, high = min(0.0, step.low), max(1.0 if step.step == "probabilities" else 0.0, step.high)
    spread = (high - low) or 1.0
    zero = room.left() - low / spread * room.width()
    line = metrics.height()
    each = min(room.height() / most, line + 22.0)
    for place, label in enumerate(best):
        value, top = float(values[label]), room.top() + place * each
        number = f"{value:.3f}" if step.step == "probabilities" else f"{value:.2f}".replace("-", "−")
        box = QRectF(room.left(), top, room.width(), line)
        painter.setPen(QColor(shades.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, number)
        box.setWidth(room.width() - metrics.horizontalAdvance(number) - 6)
        name = typography.one_line(names[label]) if names else str(label + 1)
        painter.drawText(box, 0, metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(box.width())))
        y, thick = top + line + 1, max(4.0, min(10.0, each - line - 4))
        painter.fillRect(QRectF(room.left(), y, room.width(), thick), QColor(shades.raised))
        end = zero + value / spread * room.width()
        bar = QRectF(min(zero, end), y, max(1.0, abs(end - zero)), thick)
        painter.fillRect(bar, QColor(shades.accent if place == 0 else shades.muted))
