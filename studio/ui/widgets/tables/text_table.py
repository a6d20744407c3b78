"""Read-only table of texts: the first column takes the room that the others leave."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from studio.ui.widgets.tables.table_copy import COPY_KEYS, make_copyable

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TextTable(QTableWidget):
    """Whole rows are selected and copied, and Tab leaves the table.

    Args:
        name: For the screen reader.
        columns: Headings.
        left: Number of columns aligned at the left, from the first; the others have numbers and are aligned at the
            right.
        parent: Owner.
    """

    def __init__(self, name: str, columns: Sequence[str], left: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(0, len(columns), parent)
        self._left = left
        self.setAccessibleName(name)
        self.setAccessibleDescription(COPY_KEYS)
        for column, heading in enumerate(columns):
            head = QTableWidgetItem(heading)
            head.setTextAlignment(self._side(column))
            self.setHorizontalHeaderItem(column, head)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        make_copyable(self)

    def show_rows(self, rows: Sequence[Sequence[str]], tips: Sequence[str] = ()) -> None:
        """Show these texts, with a tooltip for each row if there are any."""
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(self._side(column))
                if tips:
                    item.setToolTip(tips[row])
                self.setItem(row, column, item)

    def _side(self, column: int) -> Qt.AlignmentFlag:
        return LEFT if column < self._left else RIGHT
