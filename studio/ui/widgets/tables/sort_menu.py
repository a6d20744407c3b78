"""The order of a table by key: a menu in the context menu of the table, for what a click on a column title does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QTableView

from studio.formatting.language import tr


class SortMenu(QMenu):
    """The shown columns of a sortable table; the column that it is sorted by, chosen again, reverses the order.

    Args:
        table: Gets the menu into its context menu.
        own_order: Name of the order without sorting.
        sort: Called with a column, or -1, in place of `QTableView.sortByColumn`.
    """

    def __init__(self, table: QTableView, own_order: str, sort: Callable[[int], None] | None = None) -> None:
        super().__init__(tr("Sort by"), table)
        self._table, self._own_order, self._sort = table, own_order, sort or self._sort_view
        self.aboutToShow.connect(self._fill)
        table.addAction(self.menuAction())

    def _fill(self) -> None:
        self.clear()
        header = self._table.horizontalHeader()
        group = QActionGroup(self)
        columns = [header.logicalIndex(place) for place in range(header.count())]
        titles = {column: self._table.model().headerData(column, Qt.Orientation.Horizontal) for column in columns}
        shown = [column for column in columns if titles[column] and not header.isSectionHidden(column)]
        for column in (-1, *shown):
            action = self.addAction(str(titles[column]) if column >= 0 else self._own_order)
            action.setCheckable(True)
            action.setActionGroup(group)
            action.setChecked(column == (header.sortIndicatorSection() if header.isSortIndicatorShown() else -1))
            action.triggered.connect(partial(self._sort, column))

    def _sort_view(self, column: int) -> None:
        header = self._table.horizontalHeader()
        ascending, descending = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        again = column == header.sortIndicatorSection() and header.sortIndicatorOrder() is ascending
        self._table.sortByColumn(column, descending if again else ascending)
