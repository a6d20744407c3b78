"""Read-only table: whole rows are selected and copied, Tab leaves it, and there are no lines between cells."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from studio.ui.widgets.tables.sort_header import SortHeader
from studio.ui.widgets.tables.table_copy import COPY_KEYS, make_copyable


class RowTable(QTableView):
    """Table view without row numbers.

    Attributes:
        copying: The actions that copy its rows; a table with a context menu of its own adds them to it.

    Args:
        name: For the screen reader.
        parent: Owner.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setAccessibleDescription(COPY_KEYS)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.setHorizontalHeader(SortHeader(self))
        self.copying = make_copyable(self)
