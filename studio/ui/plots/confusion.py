"""Confusion matrix: rows are true classes, columns predicted ones; a click on a cell shows its photos.

Painted by hand, because a table widget of 100 × 100 cells is neither fast nor readable. Small cells are painted as one
image without numbers; pointer and keyboard still identify every cell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from studio.formatting import numbers, typography
from studio.ui.plots.confusion_layout import GAPS_FROM, LEAST, MatrixLayout
from studio.ui.plots.confusion_painting import draw_axes, draw_names, draw_number
from studio.ui.theme import color_scale, theme
from studio.ui.widgets.distinct_names import DistinctNames

NUMBERS_FROM = 30
"""Cell width from which numbers are drawn."""

MANY = 8
"""Number of classes above which zeros are omitted."""
ZOOMS = (1.0, 1.5, 2.25, 3.4, 5.0, 7.6)


class ConfusionMatrix(QWidget):
    """Counts by true and predicted class.

    Signals:
        cell_chosen: True and predicted class of the cell clicked or selected by key.
        hovered: Description of the cell under the pointer; "" for none.
    """

    cell_chosen = Signal(int, int)
    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self.classes: Sequence[str] = ()
        self._names: list[str] = []
        self._labels = DistinctNames()
        self.current: tuple[int, int] | None = None
        self.chosen: tuple[int, int] | None = None
        self._shares: NDArray[np.float64] = np.zeros((0, 0))
        self._painted: tuple[object, object, NDArray[np.uint8]] | None = None
        self._zoom = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix")
        theme.when_changed(self.update)

    def show_counts(self, counts: NDArray[np.int64], classes: Sequence[str]) -> None:
        """Draw other counts; the selected cell stays if it still exists."""
        if counts is self.counts and classes == self.classes:
            return
        same = len(classes) == len(self.classes)
        self.counts, self.classes = counts, classes
        self._names = [typography.one_line(name) for name in classes]
        self._labels.show(self._names)
        sums = counts.sum(axis=1, keepdims=True)
        self._shares = counts / np.maximum(sums, 1)
        if not same:
            self.current = self.chosen = None
            self._zoom = 0
        self._resize()
        self._update_description()
        self.update()

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Frame a cell, or none."""
        self.chosen = cell
        self.current = cell or self.current
        self._update_description()
        self.update()

    def cell_text(self, true: int, guess: int) -> str:
        """Description of a cell: "ants predicted as bees: 3 of 70, 4.3 %"."""
        number, total = int(self.counts[true, guess]), int(self.counts[true].sum())
        names = f"{self.classes[true]} predicted as {self.classes[guess]}"
        return (
            f"{names}: {numbers.exact(number)} of {numbers.exact(total)}, {numbers.percent(self._shares[true, guess])}"
        )

    def layout_now(self) -> MatrixLayout:
        """The present layout. Inside a scroll area the viewport sets the available size, at any zoom."""
        parent = self.parentWidget()
        room = parent.size() if parent is not None and isinstance(parent.parentWidget(), QScrollArea) else self.size()
        return MatrixLayout(self._names, self.fontMetrics(), room, ZOOMS[self._zoom])

    def _resize(self) -> None:
        """Set the minimum size; a matrix that does not fit scrolls."""
        layout = self.layout_now()
        fits = self._zoom == 0 and layout.side > LEAST
        self.setMinimumSize(QSize(0, 0) if fits else layout.least)

    # ------------------------------------------------------------------------------------------ drawing

    def _colors(self) -> NDArray[np.uint8]:
        """(K, K, 3) color of each cell: the larger its share of the row, the more accent."""
        shades = theme.current()
        if self._painted is not None and self._painted[0] is shades and self._painted[1] is self.counts:
            return self._painted[2]
        colors, _ = color_scale.ramp(*color_scale.ends(shades))
        places = (self._shares * (color_scale.STEPS - 1)).round().astype(np.intp)
        empty = color_scale.rgb(shades.raised).astype(np.uint8)
        self._painted = shades, self.counts, np.where(self.counts[..., None] > 0, colors[places], empty)
        return self._painted[2]

    def ink(self, true: int, guess: int) -> str:
        """Color of a cell's number."""
        shades = theme.current()
        if not self.counts[true, guess]:
            return shades.muted
        return color_scale.ramp(*color_scale.ends(shades))[1][color_scale.step_of(float(self._shares[true, guess]))]

    def _draw_cells(self, painter: QPainter, layout: MatrixLayout, area: QRect) -> None:
        colors = self._colors()
        if layout.side < GAPS_FROM:
            number = len(self.classes)
            data = np.ascontiguousarray(colors)
            image = QImage(data.data, number, number, 3 * number, QImage.Format.Format_RGB888)
            painter.drawImage(layout.matrix(), image)
            return
        rows, columns = layout.visible_cells(area)
        for true in rows:
            for guess in columns:
                color = QColor(*(int(part) for part in colors[true, guess]))
                painter.fillRect(layout.cell(true, guess), color)
                number = int(self.counts[true, guess])
                if self._has_number(layout.cell(true, guess), number):
                    share = float(self._shares[true, guess])
                    draw_number(painter, layout.cell(true, guess), number, share, self.ink(true, guess))

    def _has_number(self, rect: QRect, number: int) -> bool:
        return rect.width() >= NUMBERS_FROM and (number > 0 or len(self.classes) <= MANY)

    def _scrolled(self) -> QPoint:
        """Distance the matrix is scrolled by; its names stay in the visible part."""
        return QPoint(max(0, -self.x()), max(0, -self.y())) if self.minimumHeight() else QPoint(0, 0)

    def _frame(self, painter: QPainter, cell: tuple[int, int] | None, color: str, width: int) -> None:
        if cell is not None:
            painter.setPen(QPen(QColor(color), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.layout_now().cell(*cell).adjusted(-1, -1, 0, 0))

    # ------------------------------------------------------------------------------------------ what happens

    def _move_to(self, true: int, guess: int) -> None:
        last = len(self.classes) - 1
        self.current = (min(max(true, 0), last), min(max(guess, 0), last))
        self._update_description()
        self.update()
        layout, viewport = self.layout_now(), self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        if isinstance(area, QScrollArea):
            middle = layout.cell(*self.current).center()
            area.ensureVisible(middle.x(), middle.y(), layout.side, layout.side)

    def _update_description(self) -> None:
        if not len(self.classes):
            self.setAccessibleDescription("No results yet.")
        elif self.current is None:
            right = int(np.trace(self.counts))
            total = int(self.counts.sum())
            self.setAccessibleDescription(
                f"{numbers.exact(right)} of {numbers.exact(total)} photos are on the diagonal (correct)."
            )
        else:
            self.setAccessibleDescription(self.cell_text(*self.current))
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def zoom(self, step: int) -> None:
        """Change the size of the cells by a step; 0 fits the whole matrix."""
        self._zoom = min(max(self._zoom + step, 0), len(ZOOMS) - 1) if step else 0
        self._resize()
        self.update()

    def zoom_in(self) -> None:
        """Enlarge the cells."""
        self.zoom(1)

    def zoom_out(self) -> None:
        """Shrink the cells."""
        self.zoom(-1)

    def fit(self) -> None:
        """Show the whole matrix."""
        self.zoom(0)

    def _choose_current(self) -> None:
        if self.current is not None:
            self.chosen = self.current
            self.update()
            self.cell_chosen.emit(*self.current)

    # ------------------------------------------------------------------------------------------ Qt's overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible part."""
        if not len(self.classes):
            return
        painter = QPainter(self)
        layout = self.layout_now()
        self._draw_cells(painter, layout, event.rect())
        at = (self.current if self.hasFocus() else None) or (-1, -1)
        draw_names(painter, layout, self._labels, self._names, at, self._scrolled(), self.size())
        draw_axes(painter, layout)
        self._frame(painter, self.chosen, theme.current().warm, 2)
        if self.hasFocus() and self.current != self.chosen:
            self._frame(painter, self.current, theme.current().text, 2)
        painter.end()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Repaint the names after scrolling: Qt moves the picture, but they must stay in place."""
        super().moveEvent(event)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Describe the cell under the pointer, with both class names."""
        cell = self.layout_now().cell_at(event.position().toPoint()) if len(self.classes) else None
        self.hovered.emit(self.cell_text(*cell) if cell is not None else "")

    def leaveEvent(self, event: QEvent) -> None:
        """Describe no cell."""
        super().leaveEvent(event)
        self.hovered.emit("")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a cell on a click."""
        cell = self.layout_now().cell_at(event.position().toPoint()) if len(self.classes) else None
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._move_to(*cell)
            self._choose_current()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with arrows, select with Enter and Space, zoom with + and -, fit with 0."""
        key, (true, guess) = event.key(), self.current or (0, 0)
        moves = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        zooms = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1, Qt.Key.Key_0: 0}
        if not len(self.classes):
            super().keyPressEvent(event)
        elif key in moves:
            step = moves[Qt.Key(key)] if self.current is not None else (0, 0)
            self._move_to(true + step[0], guess + step[1])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose_current()
        elif key in zooms:
            self.zoom(zooms[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom on Ctrl and the wheel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show the cell under the pointer in the tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.layout_now().cell_at(event.pos()) if len(self.classes) else None
            QToolTip.showText(
                event.globalPos(), typography.tip(self.cell_text(*cell)) if cell is not None else "", self
            )
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        """Size for a matrix of two classes."""
        return QSize(420, 380)
