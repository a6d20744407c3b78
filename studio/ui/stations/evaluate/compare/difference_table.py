"""Table of the differences between two runs: settings, and facts such as the time of an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from studio.formatting import typography
from studio.ui.theme import theme
from studio.ui.widgets.tables.read_only_table import RowTable

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class TextModel(QAbstractTableModel):
    """Rows of texts under headings.

    Args:
        headings: Of the columns.
        numbers: Columns that are aligned at the right.
        parent: Owner.
    """

    def __init__(self, headings: Sequence[str], numbers: Sequence[int] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings, self._numbers = tuple(headings), frozenset(numbers)
        self._rows: Sequence[Sequence[str]] = ()
        self._roles: Sequence[str] = ()

    def show(self, rows: Sequence[Sequence[str]], roles: Sequence[str] = ()) -> None:
        """Show these rows; `roles` are the color roles of the last column."""
        self.beginResetModel()
        self._rows, self._roles = rows, roles
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tooltip, alignment and color of a cell."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        text, column = self._rows[index.row()][index.column()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return typography.one_line(text)
        if role == Qt.ItemDataRole.ToolTipRole:
            return typography.tip(typography.one_line(text))
        if role == Qt.ItemDataRole.ForegroundRole and self._roles and column == len(self._headings) - 1:
            return QColor(getattr(theme.current(), self._roles[index.row()]))
        return self._alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def has_numbers(self, column: int) -> bool:
        """True for a column of numbers, which must not be shortened."""
        return column in self._numbers

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column in self._numbers else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


WIDEST = 0.32
"""Largest share of the width for a column that is not stretched."""


class TextTable(RowTable):
    """Table of texts whose first columns take the width that the others leave.

    Args:
        name: For the screen reader.
        model: Its rows.
        stretched: Number of columns at the left that are stretched.
        parent: Owner.
    """

    def __init__(self, name: str, model: TextModel, stretched: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.rows, self._stretched = model, stretched
        self.setModel(model)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().setDefaultSectionSize(max(26, self.fontMetrics().height() + 8))
        header = self.horizontalHeader()
        header.setMinimumSectionSize(40)
        for column in range(model.columnCount()):
            is_stretched = column < stretched
            mode = QHeaderView.ResizeMode.Stretch if is_stretched else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(column, mode)
        self._widths: dict[int, int] = {}
        self._measured = False
        model.modelReset.connect(self._measure_again)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the texts that arrived while it was hidden."""
        super().showEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._measure_again()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the new width."""
        super().resizeEvent(event)
        self._fit()

    def _measure_again(self) -> None:
        self._measured = False
        self._measure()

    def _measure(self) -> None:
        """Measure new texts, which asks for each of them, and fit the columns; once the table is visible."""
        if self._measured or not self.isVisible():
            return
        self._measured = True
        header, columns = self.horizontalHeader(), range(self._stretched, self.rows.columnCount())
        self._widths = {one: max(self.sizeHintForColumn(one), header.sectionSizeHint(one)) + 8 for one in columns}
        self._fit()

    def _fit(self) -> None:
        """Give the columns at the right the width of their texts, up to a share of the table's width for words."""
        most = round(self.viewport().width() * WIDEST)
        for column, width in self._widths.items():
            self.setColumnWidth(column, width if self.rows.has_numbers(column) else min(width, most))
