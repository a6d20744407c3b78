"""The confusion matrix as a table, for screen readers and for the clipboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.formatting import numbers
from studio.ui.plots.matrix.cells import MatrixCells

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class MatrixModel(QAbstractTableModel):
    """Rows are true classes, columns predicted ones, in the order shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cells = MatrixCells(np.zeros((0, 0), np.int64), ())

    def show(self, cells: MatrixCells) -> None:
        """Show another matrix; the current cell stays if the size is the same."""
        if len(cells) == len(self.cells):
            self.cells = cells
            if len(cells):
                self.dataChanged.emit(self.index(0, 0), self.index(len(cells) - 1, len(cells) - 1))
            return
        self.beginResetModel()
        self.cells = cells
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of classes."""
        return 0 if parent.isValid() else len(self.cells)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Number of classes."""
        return 0 if parent.isValid() else len(self.cells)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Number of photos, and the cell in words for the screen reader."""
        if role == Qt.ItemDataRole.DisplayRole:
            return numbers.exact(self.cells.count(index.row(), index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.cells.words(index.row(), index.column())
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names of the classes."""
        if role == Qt.ItemDataRole.DisplayRole and section < len(self.cells):
            return self.cells.names[section]
        if role == Qt.ItemDataRole.AccessibleTextRole and section < len(self.cells):
            return f"{'predicted' if way is Qt.Orientation.Horizontal else 'true'} {self.cells.names[section]}"
        return None

    def copied_headings(self) -> Sequence[str]:
        """Names of the predicted classes, beside a column for the true ones."""
        return "true / predicted", *self.cells.names

    def copied_row(self, index: Index) -> Sequence[object]:
        """Name of the true class, and the number of photos predicted as each class."""
        label = self.cells.order[index.row()]
        return self.cells.names[index.row()], *self.cells.counts[label][self.cells.order].tolist()
