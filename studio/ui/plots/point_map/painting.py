"""Paints the points of a map: symbols by shape and color, or, of very many points, dots in one picture."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

MANY = 4000
"""Visible points from which on they are dots without shapes: the map must follow the pointer."""

SIZE = 10
"""Pixels across of a symbol."""

GRAY = 10
"""Color of points of classes without a color of their own; only faded points are painted below them."""

FIRST_VALUE = 13
"""First color of the scale for numbers, whose points are all circles: the order of the colors tells them apart."""

FADED = 70
"""Opacity of faded points, of 255."""

CORNERS: tuple[tuple[tuple[float, float], ...], ...] = (
    (),  # a circle
    ((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0)),
    ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    ((0, -1.1), (1.05, 0.8), (-1.05, 0.8)),
    ((0, 1.1), (1.05, -0.8), (-1.05, -0.8)),
)


@functools.lru_cache(maxsize=256)
def symbol(color: str, shape: int, hollow: bool, faded: bool, ratio: float) -> QPixmap:
    """The picture of a symbol, somewhat larger than `SIZE`.

    Args:
        color: Its color.
        shape: Number of its shape; beyond the last one they begin again.
        hollow: True for an outline.
        faded: True for a pale one.
        ratio: Device pixels per pixel.
    """
    side = SIZE + 4
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    shade = QColor(color)
    if faded:
        shade.setAlpha(FADED)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(shade, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush if hollow else shade)
        radius, middle = SIZE / 2 - 0.8, side / 2
        corners = CORNERS[shape % len(CORNERS) if shape < FIRST_VALUE else 0]
        if corners:
            painter.drawPolygon(QPolygonF([QPointF(middle + x * radius, middle + y * radius) for x, y in corners]))
        else:
            painter.drawEllipse(QPointF(middle, middle), radius, radius)
    return pixmap


def dots(
    pixels: NDArray[np.float32],
    colors: NDArray[np.uint8],
    faded: NDArray[np.bool_],
    palette: Sequence[str],
    size: tuple[int, int],
    ratio: float,
) -> QImage:
    """A picture (width, height in pixels) of dots; faded ones are below the others.

    Args:
        pixels: (N, 2) positions.
        colors: (N,) colors by their number in the palette.
        faded: (N,) True for pale ones.
        palette: The colors.
        size: Width and height.
        ratio: Device pixels per pixel.
    """
    width, height = (max(1, round(side * ratio)) for side in size)
    buffer = np.zeros((height, width), np.uint32)
    table = np.array([QColor(color).rgba() for color in palette], np.uint32)
    pale = np.array([_premultiplied(color, FADED) for color in palette], np.uint32)
    reach = 1 if ratio < 1.5 else 2
    offsets = [
        (dx, dy)
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
        if dx * dx + dy * dy <= reach * reach + reach * 0.5
    ]
    where = (pixels * ratio + 0.5).astype(np.int32)
    fits = (where[:, 0] >= reach) & (where[:, 1] >= reach)
    fits &= (where[:, 0] < width - reach) & (where[:, 1] < height - reach)
    flat = where[:, 1].astype(np.int64) * width + where[:, 0]
    view = buffer.reshape(-1)
    gray = colors == GRAY
    for some, tones in ((fits & faded, pale), (fits & ~faded & gray, table), (fits & ~faded & ~gray, table)):
        places, shades = flat[some], tones[colors[some]]
        for dx, dy in offsets if len(places) else ():
            view[places + (dy * width + dx)] = shades
    image = QImage(buffer.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
    image.setDevicePixelRatio(ratio)
    return image


def ring(painter: QPainter, x: float, y: float, radius: int, color: str, ratio: float) -> None:
    """Draw a ring, from a picture of it: there may be thousands."""
    half = radius + 3
    painter.drawPixmap(QPointF(x - half, y - half), _ring(radius, color, ratio))


@functools.lru_cache(maxsize=64)
def _ring(radius: int, color: str, ratio: float) -> QPixmap:
    side = 2 * (radius + 3)
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(color), 2.5))
        painter.drawEllipse(QPointF(side / 2, side / 2), radius, radius)
    return pixmap


def _premultiplied(color: str, alpha: int) -> int:
    shade = QColor(color)
    red, green, blue = (part * alpha // 255 for part in (shade.red(), shade.green(), shade.blue()))
    return (alpha << 24) | (red << 16) | (green << 8) | blue
