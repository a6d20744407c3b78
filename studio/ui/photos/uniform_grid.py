"""List view with cells of one size, whose positions are computed instead of laid out.

Qt's own list view walks through all rows whenever the rows or its width change, and calls the Python model for each:
0.1 s for 50,000 photos, several times that while other threads work. Here that takes no measurable time.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize
from PySide6.QtCore import Qt as Keys
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyleOptionRubberBand,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui.system import responsiveness

AnyIndex = QModelIndex | QPersistentModelIndex
Move = QAbstractItemView.CursorAction


def row_ranges(selection: QItemSelection) -> list[range]:
    """The rows of a selection in a list."""
    parts = [selection.at(number) for number in range(selection.count())]
    return [range(part.top(), part.bottom() + 1) for part in parts]


class UniformGridView(QListView):
    """Cells of one size in rows that fill the width; any may be selected. Subclasses set the size in `fit`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cell = QSize(100, 100)
        self._band, self._band_start = QRect(), QPoint()
        self.setHorizontalScrollBarPolicy(Keys.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Keys.ScrollBarPolicy.ScrollBarAlwaysOn)  # columns do not jump when it appears
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def cell(self) -> QSize:
        """Size of a cell."""
        return self._cell

    def set_cell(self, size: QSize) -> None:
        """Set the size of all cells."""
        if size != self._cell:
            self._cell = size
            self.updateGeometries()
            self.viewport().update()

    def fit(self) -> None:
        """Called when the width changed: a subclass calls `set_cell` here."""

    def columns(self) -> int:
        """Number of cells in a row."""
        return max(1, self.viewport().width() // self._cell.width())

    def _rows(self) -> int:
        """Number of items in the model."""
        model = self.model()
        return model.rowCount() if model is not None else 0

    def _height(self) -> int:
        return -(-self._rows() // self.columns()) * self._cell.height()

    def _number_at(self, point: QPoint) -> int:
        """Row of the model under a point of the viewport; -1 where there is none."""
        column, line = point.x() // self._cell.width(), (point.y() + self.verticalOffset()) // self._cell.height()
        number = int(line * self.columns() + column)
        return number if 0 <= column < self.columns() and 0 <= number < self._rows() else -1

    def _target(self, row: int, action: Move) -> int:
        """Row that a key leads to; may lie outside the model."""
        columns = self.columns()
        page = max(1, self.viewport().height() // self._cell.height()) * columns
        steps = {
            Move.MoveLeft: -1,
            Move.MovePrevious: -1,
            Move.MoveRight: 1,
            Move.MoveNext: 1,
            Move.MoveUp: -columns,
            Move.MoveDown: columns,
            Move.MovePageUp: -page,
            Move.MovePageDown: page,
        }
        if action in (Move.MoveHome, Move.MoveEnd):
            return 0 if action == Move.MoveHome else self._rows() - 1
        target = row + steps.get(action, 0)
        stays = action in (Move.MoveUp, Move.MoveDown) and not 0 <= target < self._rows()
        return row if stays else target

    def _paint(self, region: QRegion) -> None:
        area = region.boundingRect()
        painter = QPainter(self.viewport())
        model, delegate, columns, high = self.model(), self.itemDelegate(), self.columns(), self._cell.height()
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain: QStyle.StateFlag = option.state & ~QStyle.StateFlag.State_HasFocus
        option.state = shown = plain
        current = self.currentIndex().row() if self.hasFocus() else -1
        selection = self.selectionModel() if self.selectionModel().hasSelection() else None
        offset = self.verticalOffset()
        first = max(0, (area.top() + offset) // high) * columns
        for row in range(first, min(self._rows(), ((area.bottom() + offset) // high + 1) * columns)):
            cell = self._rect(row, columns, offset)
            if not region.intersects(cell):
                continue
            index = model.createIndex(row, 0)  # `index` would ask the Python model for its number of rows
            state = plain
            if selection is not None and selection.isSelected(index):
                state |= QStyle.StateFlag.State_Selected
            if row == current:
                state |= QStyle.StateFlag.State_HasFocus
            option.rect = cell
            if state is not shown:
                option.state = shown = state
            delegate.paint(painter, option, index)
        if self._band.intersects(area):
            band = QStyleOptionRubberBand()
            band.initFrom(self.viewport())
            band.rect = self._band
            self.style().drawControl(QStyle.ControlElement.CE_RubberBand, band, painter)
        painter.end()

    # ------------------------------------------------------------------------------------------------ Qt calls

    def visualRect(self, index: AnyIndex) -> QRect:
        """Rectangle of a cell in the viewport."""
        if not index.isValid():
            return QRect()
        return self._rect(index.row(), self.columns(), self.verticalOffset())

    def _rect(self, row: int, columns: int, offset: int) -> QRect:
        wide, high = self._cell.width(), self._cell.height()
        return QRect(row % columns * wide, row // columns * high - offset, wide, high)

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The cell under a point of the viewport."""
        number = self._number_at(point)
        return self.model().index(number, 0) if number >= 0 else QModelIndex()

    def scrollTo(
        self, index: AnyIndex, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Scroll until a cell is visible."""
        if not index.isValid():
            return
        cell, room, bar = self.visualRect(index), self.viewport().height(), self.verticalScrollBar()
        Hint = QAbstractItemView.ScrollHint  # noqa: N806 - a class
        if hint == Hint.PositionAtCenter:
            bar.setValue(bar.value() + cell.center().y() - room // 2)
        elif hint == Hint.PositionAtTop or cell.top() < 0:
            bar.setValue(bar.value() + cell.top())
        elif hint == Hint.PositionAtBottom or cell.bottom() >= room:
            bar.setValue(bar.value() + cell.bottom() + 1 - room)

    def moveCursor(self, action: Move, modifiers: Keys.KeyboardModifier) -> QModelIndex:  # noqa: ARG002
        """The cell that a key leads to."""
        number = self._rows()
        if not number:
            return QModelIndex()
        current = self.currentIndex()
        target = self._target(current.row(), action) if current.isValid() else 0
        return self.model().index(min(max(target, 0), number - 1), 0)

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: Qt would read the titles of all rows."""

    def verticalOffset(self) -> int:
        """Scrolled distance in pixels."""
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        """0: rows fill the width."""
        return 0

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: ARG002
        """Repaint the whole viewport: Qt's own list moves pixels only where it laid the rows out itself."""
        self.viewport().update()

    def doItemsLayout(self) -> None:
        """Do nothing: positions are computed."""
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """Set the range of the scroll bar."""
        bar, room = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(room)
        bar.setRange(0, max(0, self._height() - room))
        bar.setEnabled(bar.maximum() > 0)  # its handle is drawn only where there is something to scroll to

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select the cells that a band touches; with keys and Shift, all from one corner's cell to the other's."""
        if self.state() == QAbstractItemView.State.DragSelectingState:
            chosen = self._touched(rect.normalized())
        else:
            first, last = self._number_at(rect.topLeft()), self._number_at(rect.bottomRight())
            chosen = [range(min(first, last), max(first, last) + 1)] if min(first, last) >= 0 else []
        self.selectionModel().select(self.selection_of(chosen), command)

    def selection_of(self, rows: Sequence[range]) -> QItemSelection:
        """Selection of ranges of rows."""
        selection, model = QItemSelection(), self.model()
        for one in rows:
            selection.select(model.index(one.start, 0), model.index(one.stop - 1, 0))
        return selection

    def _touched(self, band: QRect) -> list[range]:
        """Rows of the cells that a band touches, a range for each line of the grid."""
        wide, high, columns = self._cell.width(), self._cell.height(), self.columns()
        left, right = max(0, band.left() // wide), min(columns - 1, band.right() // wide)
        top, bottom = (max(0, y + self.verticalOffset()) // high for y in (band.top(), band.bottom()))
        lines = range(top, min(bottom, (self._rows() - 1) // columns) + 1)
        parts = [range(line * columns + left, min(line * columns + right + 1, self._rows())) for line in lines]
        return [part for part in parts if part]

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Region to repaint when the selection changes: the visible cells, however many are selected."""
        high, offset = self._cell.height(), self.verticalOffset()
        first = offset // high * self.columns()
        last = ((offset + self.viewport().height()) // high + 1) * self.columns()
        region, model = QRegion(), self.model()
        for rows in row_ranges(selection):
            for row in range(max(first, rows.start), min(last, rows.stop)):
                region += QRegion(self.visualRect(model.index(row, 0)))
        return region

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a band begins."""
        self._band_start = event.position().toPoint() + QPoint(0, self.verticalOffset())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the band from there to the pointer."""
        super().mouseMoveEvent(event)
        if self.state() == QAbstractItemView.State.DragSelectingState:
            start = self._band_start - QPoint(0, self.verticalOffset())
            self._show_band(QRect(start, event.position().toPoint()).normalized())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Remove the band."""
        super().mouseReleaseEvent(event)
        self._show_band(QRect())

    def _show_band(self, band: QRect) -> None:
        if band != self._band:
            self._band = band
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells that intersect the region to repaint."""
        with responsiveness.uninterrupted(responsiveness.PAINT_PAUSE_S):
            self._paint(event.region())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the width; the first visible photo stays visible."""
        columns = max(1, event.oldSize().width() // self._cell.width())
        top = self.verticalOffset() // self._cell.height() * columns
        super().resizeEvent(event)
        self.fit()
        self.updateGeometries()
        if 0 < top < self._rows():
            self.scrollTo(self.model().index(top, 0), QAbstractItemView.ScrollHint.PositionAtTop)
