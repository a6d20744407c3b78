"""Painting of a confusion matrix: its cells, and the heads with the names of the classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.ui.plots.matrix import cells as matrix_cells
from studio.ui.plots.matrix.cells import MatrixCells
from studio.ui.plots.matrix.geometry import AXIS, EDGE, HeadSize, MatrixGeometry
from studio.ui.theme import theme
from studio.ui.widgets.tables.distinct_names import DistinctNames

NUMBERS_FROM, SHARES_FROM, LARGE_FROM = 28, 52, 88
"""Cell widths from which numbers, a second number and large numbers are drawn."""

MANY = 8
"""Number of classes above which zeros are omitted."""

Flag = Qt.AlignmentFlag
Place = tuple[int, int]


@dataclass(frozen=True)
class Heads:
    """Texts and room of the heads.

    Attributes:
        size: Room for names and totals.
        upright: True where the names above the columns are not turned.
        labels: The names, to shorten them.
        marked: Row and column whose names are highlighted; (-1, -1) for none.
    """

    size: HeadSize
    upright: bool
    labels: DistinctNames
    marked: Place = (-1, -1)

    @property
    def above(self) -> int:
        """Height of the head above the columns."""
        return self.size.height_upright if self.upright else self.size.height_turned


@dataclass(frozen=True)
class Fonts:
    """Fonts of the numbers in the cells, made once for all of them.

    Attributes:
        main: Of the first number.
        second: Of the number below it.
        tight: Of a number that would not fit otherwise.
        large: True where there is room for large numbers.
    """

    main: QFont
    second: QFont
    tight: QFont
    large: bool


def name_font(geometry: MatrixGeometry) -> QFont:
    """Font of the names, and of the numbers in small cells."""
    side = geometry.side
    return theme.scaled(1.0 if side >= 22 else 0.88 if side >= 16 else 0.8)


def draw_cells(painter: QPainter, cells: MatrixCells, geometry: MatrixGeometry, area: QRect) -> None:
    """Draw the cells that intersect an area, both relative to the first cell's corner."""
    shades = theme.current()
    colors = matrix_cells.colors(shades)
    area = area.intersected(QRect(QPoint(0, 0), geometry.size))
    if area.isEmpty():
        return
    if geometry.side < 1:
        codes = cells.pooled(geometry.size.height(), geometry.size.width())
        _draw_image(painter, QRect(QPoint(0, 0), geometry.size), colors[codes])
        return
    rows, columns = geometry.rows(area.top(), area.bottom()), geometry.columns(area.left(), area.right())
    codes = cells.codes[rows.start : rows.stop, columns.start : columns.stop]
    first, last = geometry.cell(rows.start, columns.start), geometry.cell(rows.stop - 1, columns.stop - 1)
    whole = QRect(first.topLeft(), last.bottomRight() + QPoint(geometry.gap, geometry.gap))
    if geometry.wide == int(geometry.wide) and geometry.high == int(geometry.high):
        _draw_image(painter, whole, colors[codes])
    else:  # the cells of a stretched image would not be where the pointer finds them
        wide = [geometry.cell(0, column).width() + geometry.gap for column in columns]
        high = [geometry.cell(row, 0).height() + geometry.gap for row in rows]
        _draw_image(painter, whole, np.repeat(np.repeat(colors[codes], high, axis=0), wide, axis=1))
    if geometry.gap:
        _draw_gaps(painter, geometry, rows, columns, whole)
    if geometry.wide >= NUMBERS_FROM:
        _draw_numbers(painter, cells, geometry, rows, columns)


def _draw_image(painter: QPainter, target: QRect, colors: np.ndarray) -> None:
    data = np.ascontiguousarray(colors)
    high, wide = data.shape
    painter.drawImage(target, QImage(data.data, wide, high, 4 * wide, QImage.Format.Format_RGB32))


def _draw_gaps(painter: QPainter, geometry: MatrixGeometry, rows: range, columns: range, whole: QRect) -> None:
    card, gap = QColor(theme.current().card), geometry.gap
    for column in columns:
        painter.fillRect(QRect(geometry.cell(0, column).right() + 1, whole.top(), gap, whole.height()), card)
    for row in rows:
        painter.fillRect(QRect(whole.left(), geometry.cell(row, 0).bottom() + 1, whole.width(), gap), card)


def _draw_numbers(painter: QPainter, cells: MatrixCells, geometry: MatrixGeometry, rows: range, columns: range) -> None:
    inks = matrix_cells.inks(theme.current())
    part = cells.codes[rows.start : rows.stop, columns.start : columns.stop]
    large = geometry.wide >= LARGE_FROM and geometry.high >= 48
    fonts = Fonts(
        theme.scaled(1.7 if large else 1.0, bold=large), theme.scaled(0.95 if large else 0.82), theme.scaled(0.8), large
    )
    filled = np.argwhere(part) if len(cells) > MANY else np.argwhere(np.ones_like(part))
    for row, column in filled.tolist():
        code = int(part[row, column])
        rect = geometry.cell(rows.start + row, columns.start + column)
        texts = _texts(cells, rows.start + row, columns.start + column)
        _draw_number(painter, rect, texts, inks[code], fonts)


def _texts(cells: MatrixCells, row: int, column: int) -> tuple[str, str]:
    """Main and second text of a cell."""
    count, share = cells.count(row, column), cells.share(row, column)
    if cells.shown == "counts":
        return numbers.exact(count), numbers.percent(share)
    return numbers.percent(share), numbers.exact(count)


def _draw_number(painter: QPainter, rect: QRect, texts: tuple[str, str], ink: str, fonts: Fonts) -> None:
    """Draw the number of a cell and, if there is room, a second one."""
    painter.setPen(QColor(ink))
    painter.setFont(fonts.main)
    text = texts[0]
    if painter.fontMetrics().horizontalAdvance(text) > rect.width() - 2:
        painter.setFont(fonts.tight)
        text = text.replace(f"{numbers.NARROW}%", "")
        if painter.fontMetrics().horizontalAdvance(text) > rect.width():
            text = text.partition(".")[0]
    if rect.width() < SHARES_FROM or rect.height() < 36:
        painter.drawText(rect, Flag.AlignCenter, text)
        return
    upper, lower = QRect(rect), QRect(rect)
    upper.setBottom(rect.center().y() + (6 if fonts.large else 2))
    lower.setTop(upper.bottom() + (4 if fonts.large else 0))
    painter.drawText(upper, Flag.AlignHCenter | Flag.AlignBottom, text)
    painter.setFont(fonts.second)
    painter.drawText(lower, Flag.AlignHCenter | Flag.AlignTop, texts[1])


def draw_frame(painter: QPainter, geometry: MatrixGeometry, place: Place, color: str) -> None:
    """Draw a frame around a cell."""
    painter.setPen(QPen(QColor(color), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    rect = geometry.cell(*place)
    more = 3 if geometry.side < 6 else 0
    painter.drawRect(rect.adjusted(-more, -more, more, more))


def draw_row_head(
    painter: QPainter, cells: MatrixCells, geometry: MatrixGeometry, heads: Heads, room: QRect, scrolled: int
) -> None:
    """Draw the names of the true classes with their totals, right-aligned beside the cells.

    Args:
        painter: Draws on the head.
        cells: The matrix.
        geometry: Its geometry.
        heads: Room and texts.
        room: Where to draw; its top is that of the visible part of the matrix.
        scrolled: Distance the matrix is scrolled by.
    """
    length = min(room.height(), geometry.size.height() - scrolled)
    _draw_title(painter, tr("true"), QRect(room.right() - heads.size.width + 1, room.top(), AXIS, length), turned=True)
    painter.setFont(name_font(geometry))
    right = room.right() - EDGE
    for row in _named(geometry.rows(scrolled, scrolled + room.height()), geometry, heads.marked[0]):
        middle = room.top() + geometry.cell(row, 0).center().y() - scrolled
        _draw_name(painter, cells, heads, row, QPoint(right, middle), cells.row_totals[row], row == heads.marked[0])


def draw_column_head(
    painter: QPainter, cells: MatrixCells, geometry: MatrixGeometry, heads: Heads, room: QRect, scrolled: int
) -> None:
    """Draw the names of the predicted classes above the cells, turned where they are wider than a cell."""
    length = min(room.width(), geometry.size.width() - scrolled)
    top = room.bottom() - heads.above + 1
    _draw_title(painter, tr("predicted"), QRect(room.left(), top, length, AXIS), turned=False)
    painter.setFont(name_font(geometry))
    for column in _named(geometry.columns(scrolled, scrolled + room.width()), geometry, heads.marked[1]):
        middle = room.left() + geometry.cell(0, column).center().x() - scrolled
        marked = column == heads.marked[1]
        if heads.upright:
            half = int(geometry.wide / 2)
            box = QRect(middle - half, room.bottom() - heads.size.line - EDGE, 2 * half, heads.size.line)
            _draw_upright(painter, cells, column, box, marked)
            continue
        painter.save()
        painter.translate(middle, room.bottom() - EDGE)
        painter.rotate(-90)
        _draw_name(painter, cells, heads, column, QPoint(0, 0), cells.column_totals[column], marked, from_left=True)
        painter.restore()


def _named(places: range, geometry: MatrixGeometry, marked: int) -> list[int]:
    """Positions whose names are drawn; the marked one is last, over its neighbors."""
    every = geometry.named_every
    first = -(-places.start // every) * every
    named = [place for place in range(first, places.stop, every) if place != marked]
    return [*named, marked] if marked in places else named


def _draw_name(
    painter: QPainter,
    cells: MatrixCells,
    heads: Heads,
    place: int,
    end: QPoint,
    total: str,
    marked: bool,
    from_left: bool = False,
) -> None:
    shades, size, metrics = theme.current(), heads.size, painter.fontMetrics()
    room = size.turned if from_left else size.names
    name = heads.labels.shortened(cells.names[place], room, metrics)
    high, wide = metrics.height(), room + EDGE + size.totals
    box = QRect(end.x() if from_left else end.x() - wide, end.y() - high // 2, wide, high)
    if marked:
        painter.fillRect(box, QColor(shades.card))
    totals, names = QRect(box), QRect(box)
    if from_left:  # turned: the total is next to the cells, the name follows
        totals.setWidth(size.totals)
        names.setLeft(box.left() + size.totals + EDGE)
    else:
        totals.setLeft(box.right() - size.totals + 1)
        names.setRight(box.right() - size.totals - EDGE)
    sides = Flag.AlignVCenter | (Flag.AlignLeft if from_left else Flag.AlignRight)
    painter.setPen(QColor(shades.accent if marked else shades.text))
    painter.drawText(names, sides, name)
    painter.setPen(QColor(shades.muted))
    painter.drawText(totals, sides, total)


def _draw_upright(painter: QPainter, cells: MatrixCells, column: int, box: QRect, marked: bool) -> None:
    shades, metrics = theme.current(), painter.fontMetrics()
    name, total = cells.names[column], cells.column_totals[column]
    wide = metrics.horizontalAdvance(name)
    left = box.left() + (box.width() - wide - EDGE - metrics.horizontalAdvance(total)) // 2
    painter.setPen(QColor(shades.accent if marked else shades.text))
    painter.drawText(QRect(left, box.top(), wide + 1, box.height()), Flag.AlignVCenter, name)
    painter.setPen(QColor(shades.muted))
    painter.drawText(QRect(left + wide + EDGE, box.top(), box.width(), box.height()), Flag.AlignVCenter, total)


def _draw_title(painter: QPainter, text: str, room: QRect, turned: bool) -> None:
    painter.setFont(theme.scaled(0.9))
    painter.setPen(QColor(theme.current().muted))
    if not turned:
        painter.drawText(room, Flag.AlignCenter, text)
        return
    painter.save()
    painter.translate(room.center())
    painter.rotate(-90)
    painter.drawText(QRect(-60, -AXIS // 2, 120, AXIS), Flag.AlignCenter, text)
    painter.restore()


def draw_all(painter: QPainter, cells: MatrixCells, geometry: MatrixGeometry, heads: Heads) -> None:
    """Draw the whole matrix with its heads, for a file; `whole_size` is its size."""
    left, above = heads.size.width, heads.above
    size = geometry.size
    draw_row_head(painter, cells, geometry, heads, QRect(0, above, left, size.height()), 0)
    draw_column_head(painter, cells, geometry, heads, QRect(left, 0, size.width(), above), 0)
    painter.translate(left, above)
    draw_cells(painter, cells, geometry, QRect(QPoint(0, 0), size))
    painter.translate(-left, -above)


def whole_size(geometry: MatrixGeometry, heads: Heads) -> QSize:
    """Size of the whole matrix with its heads."""
    return geometry.size + QSize(heads.size.width + EDGE, heads.above + EDGE)
