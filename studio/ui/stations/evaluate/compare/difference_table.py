"""Table of the differences between two runs: settings, and facts such as the time of an epoch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.formatting import typography
from studio.ui.theme import theme
from studio.ui.widgets.tables.columns import PADDING, Columns
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.sort_menu import SortMenu

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


_NUMBER = re.compile(r"[−+-]?\d[\d,]*(\.\d+)?(e[−+-]?\d+)?")


def sort_key(text: str) -> tuple[bool, float, str]:
    """Order of texts: those that begin with a number by its value, before the others by their letters."""
    number = _NUMBER.match(text)
    value = float(number[0].replace("−", "-").replace(",", "")) if number is not None else 0.0
    return number is None, value, text.casefold()


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
        self._places: list[int] = []
        self._by: tuple[int, Qt.SortOrder] = -1, Qt.SortOrder.AscendingOrder

    def show(self, rows: Sequence[Sequence[str]], roles: Sequence[str] = ()) -> None:
        """Show these rows; `roles` are the color roles of the last column."""
        self.beginResetModel()
        self._rows, self._roles = rows, roles
        self._places = self._order()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, numbers by their values; -1 restores the order of the rows."""
        if self._by == (column, order):
            return
        self._by = column, order
        self.layoutAboutToBeChanged.emit()
        before, self._places = self._places, self._order()
        rows = {place: row for row, place in enumerate(self._places)}
        for index in self.persistentIndexList():
            self.changePersistentIndex(index, self.index(rows[before[index.row()]], index.column()))
        self.layoutChanged.emit()

    def texts(self, column: int) -> list[str]:
        """The texts of a column as they are shown."""
        return [typography.one_line(row[column]) for row in self._rows]

    def _order(self) -> list[int]:
        """Positions in `_rows` in the order shown."""
        column, order = self._by
        places = list(range(len(self._rows)))
        if column >= 0:
            descending = order == Qt.SortOrder.DescendingOrder
            places.sort(key=lambda place: sort_key(self._rows[place][column]), reverse=descending)
        return places

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
        place, column = self._places[index.row()], index.column()
        text = self._rows[place][column]
        if role == Qt.ItemDataRole.DisplayRole:
            return typography.one_line(text)
        if role == Qt.ItemDataRole.ToolTipRole:
            return typography.tip(typography.one_line(text))
        if role == Qt.ItemDataRole.ForegroundRole and self._roles and column == len(self._headings) - 1:
            return QColor(getattr(theme.current(), self._roles[place]))
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
"""Largest share of the width for a column at the right; longer texts are shortened in the middle."""


class TextTable(RowTable):
    """Table of texts whose first columns take the width that the others leave; it sorts by any column.

    Args:
        name: For the screen reader.
        model: Its rows.
        key: Name of the saved column widths.
        stretched: Number of columns at the left that are stretched.
        order: Name of the order without sorting.
        parent: Owner.
    """

    def __init__(
        self, name: str, model: TextModel, key: str, stretched: int, order: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self.rows, self._stretched = model, stretched
        self.setModel(model)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().setDefaultSectionSize(max(26, self.fontMetrics().height() + 8))
        self.columns = Columns(self, key, 0, {}, self._longest)
        self.columns.on_spread = self._sample
        self.columns.let_choose()
        SortMenu(self, order)
        header = self.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def _longest(self, column: int) -> str:
        """The longest number of a column; "" for words, which may be shortened."""
        return self._widest(column) if self.rows.has_numbers(column) else ""

    def _widest(self, column: int) -> str:
        return max(self.rows.texts(column), key=self.fontMetrics().horizontalAdvance, default="")

    def _sample(self) -> None:
        """Limit the width of words, and divide that of the stretched columns."""
        room = self.viewport().width()
        words = [one for one in range(1, self.rows.columnCount()) if not self.rows.has_numbers(one)]
        others = (self.columns.preferred_width(one) for one in range(self.rows.columnCount()) if one not in (0, *words))
        share = (room - sum(others)) // self._stretched if self._stretched > 1 else round(room * WIDEST)
        for column in words:
            most = Qt.TextElideMode.ElideMiddle, share - PADDING
            self.columns.sample(column, self.fontMetrics().elidedText(self._widest(column), *most))
