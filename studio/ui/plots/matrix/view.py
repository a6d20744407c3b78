"""Confusion matrix: rows are true classes, columns predicted ones; a click on a cell shows its photos.

Small cells are painted as one image without numbers; pointer and keyboard still identify every cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.session.evaluation import confusion_view
from studio.session.evaluation.confusion_view import Order, Shown
from studio.ui.plots.matrix import geometry, painting
from studio.ui.plots.matrix.cells import MatrixCells
from studio.ui.plots.matrix.geometry import MatrixGeometry
from studio.ui.plots.matrix.painting import Heads
from studio.ui.plots.matrix.table import MatrixTable
from studio.ui.plots.plot_files import PlotFiles, PlotSource
from studio.ui.theme import theme
from studio.ui.widgets.place_tips import show_tip
from studio.ui.widgets.tables.table_copy import TableCopy

Index = QModelIndex | QPersistentModelIndex
TIP = tr("Click a cell to see its photos. Arrows and Enter select a cell; Ctrl and the wheel, + and -, zoom; 0 fits")

MOST_IN_DRAWING = 100
"""Number of classes up to which a saved picture has cells with numbers."""


class ConfusionMatrix(MatrixTable):
    """Counts by true and predicted class.

    Signals:
        cell_chosen: Labels of the true and the predicted class of the cell clicked or selected by key.
        hovered: Description of the cell under the pointer; "" for none.

    Attributes:
        chosen: Labels of the selected cell; None for none.
        files: Copies and saves the matrix.
    """

    cell_chosen = Signal(int, int)
    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown = "counts"
        self._order: Order = "name"
        self._under: painting.Place | None = None
        self.chosen: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setToolTip(TIP)
        self.setAccessibleName(tr("Confusion matrix"))
        self.copying = TableCopy(self)
        source = PlotSource(self._whole_size, self._draw_whole, self.table, self.sentence)
        self.files = PlotFiles(self, tr("Confusion matrix"), source)
        self.files.add_context_menu(self)
        theme.when_changed(self._apply_theme)

    @property
    def current(self) -> tuple[int, int] | None:
        """Labels of the cell that the keys move from; None for none."""
        index = self.currentIndex()
        return self.cells.labels_at(index.row(), index.column()) if index.isValid() else None

    def show_counts(self, counts: NDArray[np.int64], classes: Sequence[str]) -> None:
        """Draw other counts; the selected cell stays if it still exists."""
        if counts is self.cells.counts and classes == self.cells.classes:
            return
        if len(classes) != len(self.cells):
            self.chosen = self._side = self._under = None
        self._show(MatrixCells(counts, classes, self._shown, self._order))

    def show_as(self, shown: Shown) -> None:
        """Show counts, or shares of rows or of columns."""
        self._shown = shown
        self._show(MatrixCells(self.cells.counts, self.cells.classes, shown, self._order))

    def sort_by(self, order: Order) -> None:
        """Show the classes in another order; the selected cell stays."""
        current, self._order = self.current, order
        self._show(MatrixCells(self.cells.counts, self.cells.classes, self._shown, order))
        if current is not None:
            self._move_to(*self._place_of(current))

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Frame a cell (labels), or none."""
        self.chosen = cell
        if cell is not None and len(self.cells):
            self._move_to(*self._place_of(cell))
        self.viewport().update()

    def sentence(self) -> str:
        """The current cell in words; before there is one, the matrix."""
        if self.current is None:
            return confusion_view.sentence(self.cells.counts)
        return confusion_view.cell_words(self.cells.counts, self.cells.classes, *self.current)

    def table(self) -> str:
        """The counts as CSV, in the order of the labels: rows are true classes, columns predicted ones."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["true / predicted", *self.cells.classes])
        rows = zip(self.cells.classes, self.cells.counts.tolist(), strict=True)
        writer.writerows([name, *row] for name, row in rows)
        return text.getvalue()

    def cell_rect(self, true: int, guess: int) -> QRect:
        """Rectangle of a cell (labels) in the viewport."""
        rect = self.geometry_now.cell(*self._place_of((true, guess)))
        return rect.translated(-self._offset())

    # ------------------------------------------------------------------------------------------ what happens

    def _show(self, cells: MatrixCells) -> None:
        self._model.show(cells)
        self._labels.show(cells.names)
        self._resize()
        self._update_description()

    def _apply_theme(self) -> None:
        self._resize()

    def _place_of(self, cell: tuple[int, int]) -> painting.Place:
        return int(self.cells.place[cell[0]]), int(self.cells.place[cell[1]])

    def _move_to(self, row: int, column: int) -> None:
        last = len(self.cells) - 1
        index = self._model.index(min(max(row, 0), last), min(max(column, 0), last))
        self.setCurrentIndex(index)
        self._mark(index.row(), index.column())
        self._update_description()

    def _update_description(self) -> None:
        self.setAccessibleDescription(self.sentence())

    def _choose_current(self) -> None:
        if self.current is not None:
            self.chosen = self.current
            self.viewport().update()
            self.cell_chosen.emit(*self.current)

    # ------------------------------------------------------------------------------------------ the picture for a file

    def _drawing(self) -> tuple[MatrixGeometry, Heads]:
        number = len(self.cells)
        side = max(self.geometry_now.side, painting.NUMBERS_FROM + 8) if number <= MOST_IN_DRAWING else 2.0
        drawn = MatrixGeometry(number, side, side)
        names = self.cells.names
        totals = [*self.cells.row_totals, *self.cells.column_totals]
        head = geometry.head_size(names, totals, self.fontMetrics(), drawn.size + QSize(600, 600))
        return drawn, Heads(head, head.longest <= drawn.wide, self._labels)

    def _whole_size(self) -> QSize:
        return painting.whole_size(*self._drawing())

    def _draw_whole(self, painter: QPainter) -> None:
        if len(self.cells):
            painting.draw_all(painter, self.cells, *self._drawing())

    # ------------------------------------------------------------------------------------------ Qt's overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible part."""
        if not len(self.cells):
            return
        painter = QPainter(self.viewport())
        offset, now = self._offset(), self.geometry_now
        painter.translate(-offset)
        painting.draw_cells(painter, self.cells, now, event.rect().translated(offset))
        if self.chosen is not None:
            painting.draw_frame(painter, now, self._place_of(self.chosen), theme.current().text)
        if self.hasFocus() and self.current is not None and self.current != self.chosen:
            painting.draw_frame(painter, now, self._place_of(self.current), theme.current().accent)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Draw the frame of the focus; Qt would make the first cell current."""
        QWidget.focusInEvent(self, event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Remove the frame of the current cell."""
        super().focusOutEvent(event)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Describe the cell under the pointer, with both class names."""
        place = self.place_at(event.position().toPoint())
        if place != self._under:
            self._under = place
            self._mark(*(place or (-1, -1)))
            self.hovered.emit(self.cells.words(*place) if place is not None else "")

    def leaveEvent(self, event: QEvent) -> None:
        """Describe no cell."""
        super().leaveEvent(event)
        self._under = None
        self._mark(-1, -1)
        self.hovered.emit("")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a cell on a click."""
        place = self.place_at(event.position().toPoint())
        if place is not None and event.button() is Qt.MouseButton.LeftButton:
            self._move_to(*place)
            self._choose_current()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing: the click counts when the button is pressed."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select a cell again."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with arrows, Home, End and pages, select with Enter and Space, zoom with + and -, fit with 0."""
        key, number = Qt.Key(event.key()), len(self.cells)
        zooms = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1, Qt.Key.Key_0: 0}
        page = max(1, int(self.viewport().height() / self.geometry_now.high) - 1)
        moves = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Home: (0, -number),
            Qt.Key.Key_End: (0, number),
            Qt.Key.Key_PageUp: (-page, 0),
            Qt.Key.Key_PageDown: (page, 0),
        }
        if not number:
            event.ignore()
        elif key in moves:
            index = self.currentIndex()
            row, column = (index.row(), index.column()) if index.isValid() else (0, 0)
            step = moves[key] if index.isValid() else (0, 0)
            self._move_to(row + step[0], column + step[1])
            self.viewport().update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose_current()
        elif key in zooms and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(zooms[key])
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom on Ctrl and the wheel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self.zoom(1 if event.angleDelta().y() > 0 else -1, event.position().toPoint())
            event.accept()
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show the cell under the pointer in the tooltip."""
        return show_tip(event, self, self._words_at) or super().viewportEvent(event)

    def _words_at(self, point: QPoint) -> str:
        place = self.place_at(point)
        return self.cells.words(*place) if place is not None else ""
