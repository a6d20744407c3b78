"""The heads of a confusion matrix: names of the classes that stay in place and follow its scrolling."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.plots.matrix import painting
from studio.ui.plots.matrix.cells import MatrixCells
from studio.ui.plots.matrix.geometry import MatrixGeometry
from studio.ui.plots.matrix.painting import Heads

OVER = 7
"""Height of half a line, by which the name of a class at the edge may exceed the matrix."""


class HeadedMatrix(Protocol):
    """A matrix as its heads see it."""

    geometry_now: MatrixGeometry
    heads: Heads

    @property
    def cells(self) -> MatrixCells:
        """The matrix as it is shown."""

    def horizontalOffset(self) -> int:
        """Distance scrolled to the right."""

    def verticalOffset(self) -> int:
        """Distance scrolled down."""


class _Head(QWidget):
    """A head of a matrix; it takes no mouse events, and screen readers read the headers of the model instead."""

    def __init__(self, parent: QWidget, matrix: HeadedMatrix) -> None:
        super().__init__(parent)
        self._matrix = matrix
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the visible names."""
        if len(self._matrix.cells):
            painter = QPainter(self)
            self._draw(painter)
            painter.end()

    def _draw(self, painter: QPainter) -> None:
        raise NotImplementedError


class RowHead(_Head):
    """The names of the true classes."""

    def _draw(self, painter: QPainter) -> None:
        matrix, area = self._matrix, self.rect().adjusted(0, OVER, 0, -OVER)
        painting.draw_row_head(painter, matrix.cells, matrix.geometry_now, matrix.heads, area, matrix.verticalOffset())


class ColumnHead(_Head):
    """The names of the predicted classes."""

    def _draw(self, painter: QPainter) -> None:
        matrix, area = self._matrix, self.rect().adjusted(OVER, 0, -OVER, 0)
        painting.draw_column_head(
            painter, matrix.cells, matrix.geometry_now, matrix.heads, area, matrix.horizontalOffset()
        )
