"""The table view of a confusion matrix, with geometry, heads and scrolling of its own.

Widgets, delegates or header sections for 1,000 × 1,000 cells would be neither fast nor readable. But as a table view it
has a model, which gives screen readers its cells and heads.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QTableView, QWidget

from studio.formatting.language import tr
from studio.ui.plots.matrix import geometry, painting
from studio.ui.plots.matrix.cells import MatrixCells
from studio.ui.plots.matrix.geometry import MatrixGeometry
from studio.ui.plots.matrix.heads import OVER, ColumnHead, RowHead
from studio.ui.plots.matrix.model import MatrixModel
from studio.ui.plots.matrix.painting import Heads
from studio.ui.widgets.place_tips import show_tip
from studio.ui.widgets.tables.distinct_names import DistinctNames

Index = QModelIndex | QPersistentModelIndex


class MatrixTable(QTableView):
    """A matrix that fits its room, or is larger and scrolls while the names stay in place.

    Attributes:
        geometry_now: Positions of the cells.
        heads: Texts and room of the heads.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = MatrixModel(self)
        self._labels = DistinctNames()
        self._side: float | None = None  # side that the user zoomed to; 0 for the whole matrix, None for the default
        self._room = QSize(1, 1)
        self.geometry_now = MatrixGeometry(1, 1, 1)
        self.heads = Heads(geometry.head_size((), (), self.fontMetrics(), self.size()), True, self._labels)
        self._row_head, self._column_head = RowHead(self, self), ColumnHead(self, self)
        self.verticalHeader().hide()
        self.horizontalHeader().hide()
        for button in self.findChildren(QAbstractButton):  # Qt's, which selects everything
            button.hide()
        self.setModel(self._model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setMinimumSize(160, 140)

    @property
    def cells(self) -> MatrixCells:
        """The matrix as it is shown."""
        return self._model.cells

    def place_at(self, point: QPoint) -> painting.Place | None:
        """Row and column at a point of the viewport: of the most striking cell where several share a pixel."""
        at = self.geometry_now.cells_at(point + self._offset()) if len(self.cells) else None
        return self.cells.strongest(*at) if at is not None else None

    def head_words(self, point: QPoint) -> str:
        """The whole name of the class at a point of the heads, with its photos; "" beside them."""
        at, names = point - self.viewport().geometry().topLeft() + self._offset(), self.cells.names
        now, size = self.geometry_now, self.geometry_now.size
        if not names:
            return ""
        if point.x() < self.viewport().x() and 0 <= at.y() < size.height():
            row = now.rows(at.y(), at.y()).start
            return tr("{names}\n{photos} of this class").format(
                names=names[row], photos=_photos(self.cells.row_totals[row])
            )
        if point.y() < self.viewport().y() and 0 <= at.x() < size.width():
            column = now.columns(at.x(), at.x()).start
            return tr("{names}\n{photos} predicted as this class").format(
                names=names[column], photos=_photos(self.cells.column_totals[column])
            )
        return ""

    def event(self, event: QEvent) -> bool:
        """Show the whole name of a class under the pointer in the tooltip."""
        return show_tip(event, self, self._head_tip) or super().event(event)

    def _head_tip(self, point: QPoint) -> str | None:
        return self.head_words(point) or None

    def zoom(self, step: int, anchor: QPoint | None = None) -> None:
        """Change the size of the cells by a step; 0 fits the whole matrix. The cell at `anchor` stays in its place."""
        if not len(self.cells):
            return
        before, offset = self.geometry_now, self._offset()
        whole = geometry.fitted(len(self.cells), self._room).side
        side = geometry.next_side(before.side, step, whole) if step else 0.0
        self._side = 0.0 if side <= whole else side
        point = anchor or self._anchor()
        self._resize()
        after = self.geometry_now
        for bar, at, old, new, by in (
            (self.horizontalScrollBar(), point.x(), before.wide, after.wide, offset.x()),
            (self.verticalScrollBar(), point.y(), before.high, after.high, offset.y()),
        ):
            bar.setValue(round((at + by) * new / old - at))

    def zoom_in(self) -> None:
        """Enlarge the cells."""
        self.zoom(1)

    def zoom_out(self) -> None:
        """Shrink the cells."""
        self.zoom(-1)

    def fit(self) -> None:
        """Show the whole matrix."""
        self.zoom(0)

    def _anchor(self) -> QPoint:
        """The point that zooming leaves in place: the current cell if it is visible, else the middle."""
        index = self.currentIndex()
        if index.isValid():
            middle = self.visualRect(index).center()
            if self.viewport().rect().contains(middle):
                return middle
        return self.viewport().rect().center()

    def _resize(self) -> None:
        """Compute cells, heads and scroll bars for the current size and zoom."""
        cells, number = self.cells, len(self.cells)
        size = self.size() - QSize(2 * self.frameWidth(), 2 * self.frameWidth())
        metrics = self.fontMetrics()
        totals = [*cells.row_totals, *cells.column_totals]
        head = geometry.head_size(cells.names, totals, metrics, size)
        for upright in (True, False):
            above = head.height_upright if upright else head.height_turned
            room = QSize(max(1, size.width() - head.width), max(1, size.height() - above))
            side = self._side
            now = geometry.usual(number, room) if side is None else geometry.zoomed(number, room, side)
            if head.longest <= now.wide:
                break
        self.geometry_now, self._room = now, room
        self.heads = Heads(head, upright and head.longest <= now.wide, self._labels, self.heads.marked)
        spare = max(0, room.width() - now.size.width()) // 2
        self.setViewportMargins(head.width + spare, self.heads.above, 0, 0)
        self._place_heads()
        self._set_bars(now, room)
        self.viewport().update()

    def _set_bars(self, now: MatrixGeometry, room: QSize) -> None:
        """Set the ranges of the scroll bars; each takes room from the other direction."""
        across, down, size = self.horizontalScrollBar(), self.verticalScrollBar(), now.size
        has_across = size.width() > room.width()
        has_down = size.height() > room.height() - has_across * across.sizeHint().height()
        has_across = size.width() > room.width() - has_down * down.sizeHint().width()
        wide = room.width() - has_down * down.sizeHint().width()
        high = room.height() - has_across * across.sizeHint().height()
        # Not from the viewport: Qt resizes it, and calls this function again, as soon as a bar appears.
        for bar, whole, seen, side in ((across, size.width(), wide, now.wide), (down, size.height(), high, now.high)):
            bar.setRange(0, max(0, whole - seen))
            bar.setPageStep(seen)
            bar.setSingleStep(max(20, round(side)))

    def _place_heads(self) -> None:
        port, edge = self.viewport().geometry(), self.frameWidth()
        self._row_head.setGeometry(QRect(edge, port.top() - OVER, port.left() - edge, port.height() + 2 * OVER))
        self._column_head.setGeometry(QRect(port.left() - OVER, edge, port.width() + 2 * OVER, port.top() - edge))
        self._update_heads()

    def _update_heads(self) -> None:
        self._row_head.update()
        self._column_head.update()

    def _offset(self) -> QPoint:
        return QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def _mark(self, row: int, column: int) -> None:
        """Highlight the names of a cell; (-1, -1) for none."""
        if (row, column) != self.heads.marked:
            self.heads = Heads(self.heads.size, self.heads.upright, self._labels, (row, column))
            self._update_heads()

    def updateGeometries(self) -> None:
        """Compute cells and heads after a change of the size."""
        self._resize()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Repaint; the heads follow."""
        self.viewport().update()
        self._update_heads()

    def horizontalOffset(self) -> int:
        """Distance scrolled to the right."""
        return self.horizontalScrollBar().value()

    def verticalOffset(self) -> int:
        """Distance scrolled down."""
        return self.verticalScrollBar().value()

    def visualRect(self, index: Index) -> QRect:
        """Rectangle of a cell in the viewport."""
        if not index.isValid():
            return QRect()
        return self.geometry_now.cell(index.row(), index.column()).translated(-self._offset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        """Index of the cell at a point of the viewport."""
        place = self.place_at(point)
        return self._model.index(*place) if place is not None else QModelIndex()

    def visualRegionForSelection(self, _selection: QItemSelection) -> QRegion:
        """Nothing: cells are framed, not selected."""
        return QRegion()

    def scrollTo(self, index: Index, _hint: QAbstractItemView.ScrollHint = QTableView.ScrollHint.EnsureVisible) -> None:
        """Scroll as far as needed to show a cell."""
        if not index.isValid():
            return
        cell, port = self.geometry_now.cell(index.row(), index.column()), self.viewport().size()
        for bar, first, last, seen in (
            (self.horizontalScrollBar(), cell.left(), cell.right(), port.width()),
            (self.verticalScrollBar(), cell.top(), cell.bottom(), port.height()),
        ):
            if first < bar.value():
                bar.setValue(first)
            elif last >= bar.value() + seen:
                bar.setValue(last - seen + 1)

    def sizeHint(self) -> QSize:
        """Size for a matrix of two classes."""
        return QSize(420, 380)


def _photos(total: str) -> str:
    return (tr("{total} photo") if total == "1" else tr("{total} photos")).format(total=total)
