"""Geometry of a confusion matrix: the size of its cells, its names and its axes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QFontMetrics

MOST, LEAST = 160, 4
"""Largest and smallest side of a cell in pixels, before zooming."""
NAMES_FROM, GAPS_FROM = 12, 16
"""Cell sides from which every class is named, and from which there are gaps between cells."""
LONGEST_NAME = 112
AXIS = 24
"""Height of the axis titles "true" and "predicted"."""
EDGE = 4


class MatrixLayout:
    """Geometry of one matrix in one available size.

    Attributes:
        side: Side of a cell, gap included.
        corner: Top left of the first cell.
        every: One class in this many is named, so that names do not collide: 1 names all.
        upright: True where column names are horizontal, False where they are rotated.
        name_room: Maximum width of a name.
        least: Size that the matrix needs.
    """

    def __init__(self, classes: Sequence[str], metrics: QFontMetrics, room: QSize, zoom: float) -> None:
        self.number = max(1, len(classes))
        longest = max((metrics.horizontalAdvance(name) for name in classes), default=0)
        self.name_room = min(longest, LONGEST_NAME)
        lying = metrics.height() + 2 * EDGE
        side = self._fitting(room, lying)
        self.upright = longest <= side * zoom - 2 * EDGE
        if not self.upright:
            side = self._fitting(room, self.name_room + 2 * EDGE)
        self.side = round(side * zoom)
        self.every = -(-NAMES_FROM // self.side)
        self._left = AXIS + self.name_room + 2 * EDGE
        self._upper = lying if self.upright else self.name_room + 2 * EDGE
        long = self.number * self.side
        self.least = QSize(self._left + long + EDGE, self._upper + long + AXIS)
        spare = max(0, room.width() - self.least.width())
        self.corner = QPoint(self._left + spare // 2, self._upper)

    def cell(self, true: int, guess: int) -> QRect:
        """Rectangle of a cell."""
        gap = 3 if self.side >= GAPS_FROM else 0
        corner = self.corner
        return QRect(corner.x() + guess * self.side, corner.y() + true * self.side, self.side - gap, self.side - gap)

    def matrix(self) -> QRect:
        """Rectangle of all cells."""
        return QRect(self.corner, QSize(self.number * self.side, self.number * self.side))

    def cell_at(self, place: QPoint) -> tuple[int, int] | None:
        """True and predicted class of the cell at a point; None outside the matrix."""
        column, row = (place.x() - self.corner.x()) // self.side, (place.y() - self.corner.y()) // self.side
        return (row, column) if 0 <= row < self.number and 0 <= column < self.number else None

    def visible_cells(self, area: QRect) -> tuple[range, range]:
        """Rows and columns that intersect an area."""
        top, left = area.top() - self.corner.y(), area.left() - self.corner.x()
        rows = range(max(0, top // self.side), min(self.number - 1, (top + area.height()) // self.side) + 1)
        columns = range(max(0, left // self.side), min(self.number - 1, (left + area.width()) // self.side) + 1)
        return rows, columns

    def _fitting(self, room: QSize, names: int) -> int:
        """Cell side at which the whole matrix fits below column names of this height."""
        wide = room.width() - AXIS - self.name_room - 3 * EDGE
        high = room.height() - AXIS - names
        return max(LEAST, min(MOST, wide // self.number, high // self.number))
