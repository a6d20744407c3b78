"""Model of a table with fixed column titles and tooltips: names at the left, numbers at the right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class TitledColumns(QAbstractTableModel):
    """The columns of a table; a subclass provides the rows.

    Attributes:
        titles: Title of each column; the first column has names, the others numbers.
        tips: Tooltip of each title.
    """

    titles: tuple[str, ...]
    tips: tuple[str, ...]

    def columnCount(self, parent: Index = ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles, and tooltips that define them."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tips[section]
        return alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


def alignment(column: int) -> Qt.AlignmentFlag:
    """Side of the texts of a column: names at the left, numbers at the right."""
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
