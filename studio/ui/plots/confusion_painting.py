"""Painting of the texts of a confusion matrix: counts, class names and axis titles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.ui.plots.confusion_layout import AXIS, MatrixLayout
from studio.ui.theme import theme
from studio.ui.widgets.tables.distinct_names import DistinctNames

SHARES_FROM, LARGE_FROM = 52, 88
"""Cell widths from which row shares and large numbers are drawn."""


def draw_number(painter: QPainter, rect: QRect, number: int, share: float, ink: str) -> None:
    """Draw the count of a cell and, if there is room, its share of the row."""
    painter.setPen(QColor(ink))
    large = rect.width() >= LARGE_FROM
    painter.setFont(theme.scaled(1.7 if large else 1.0, bold=large))
    text = numbers.exact(number)
    if painter.fontMetrics().horizontalAdvance(text) > rect.width() - 4:
        text = numbers.count(number)
    if rect.width() < SHARES_FROM:
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        return
    upper, lower = QRect(rect), QRect(rect)
    upper.setBottom(rect.center().y() + (6 if large else 2))
    lower.setTop(upper.bottom() + (4 if large else 0))
    painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, text)
    painter.setFont(theme.scaled(0.95 if large else 0.82))
    painter.drawText(lower, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, numbers.percent(share))


def draw_names(
    painter: QPainter,
    layout: MatrixLayout,
    labels: DistinctNames,
    names: Sequence[str],
    at: tuple[int, int],
    by: QPoint,
    size: QSize,
) -> None:
    """Draw the class names beside and above the cells.

    Args:
        painter: Draws on the matrix.
        layout: Geometry of the matrix.
        labels: The names, to shorten them.
        names: In the order of the labels.
        at: The current cell, whose names are highlighted; (-1, -1) for none.
        by: Distance the matrix is scrolled by.
        size: Size of the matrix's widget.
    """
    shades, side, room, corner = theme.current(), layout.side, layout.name_room, layout.corner
    painter.setFont(theme.scaled(1.0 if side >= 20 else 0.72))
    metrics = painter.fontMetrics()
    middle, height, band = Qt.AlignmentFlag.AlignVCenter, metrics.height(), side * layout.every
    if not by.isNull():  # covers cells that were scrolled under the names
        card = QColor(shades.card)
        painter.fillRect(QRect(by.x(), by.y(), size.width(), corner.y()), card)
        painter.fillRect(QRect(by.x(), by.y(), corner.x(), size.height()), card)
    for place, name in enumerate(names):
        if place % layout.every:
            continue
        short = labels.shortened(name, room, metrics)
        top, left = corner.y() + place * side, corner.x() + place * side
        if top + side // 2 >= corner.y() + by.y():
            painter.setPen(QColor(shades.accent if place == at[0] else shades.text))
            row = QRect(corner.x() - room - 8 + by.x(), top + side // 2 - band // 2, room, band - 2)
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | middle, short)
        if left + side // 2 < corner.x() + by.x():
            continue
        painter.setPen(QColor(shades.accent if place == at[1] else shades.text))
        if layout.upright:
            box = QRect(left, corner.y() - height - 6 + by.y(), side - 3, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
            continue
        painter.save()
        painter.translate(left + side / 2, corner.y() - 6 + by.y())
        painter.rotate(-90)
        painter.drawText(QRect(0, -band // 2, room, band), Qt.AlignmentFlag.AlignLeft | middle, short)
        painter.restore()


def draw_axes(painter: QPainter, layout: MatrixLayout) -> None:
    """Draw the titles of the axes."""
    matrix = layout.matrix()
    painter.setFont(theme.scaled(1.0))
    painter.setPen(QColor(theme.current().muted))
    below = QRect(matrix.left(), matrix.bottom(), matrix.width(), AXIS)
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, tr("predicted"))
    painter.save()
    painter.translate(matrix.left() - (layout.name_room + 8) - AXIS / 2, matrix.center().y())
    painter.rotate(-90)
    painter.drawText(QRect(-40, -AXIS // 2, 80, AXIS), Qt.AlignmentFlag.AlignCenter, tr("true"))
    painter.restore()
