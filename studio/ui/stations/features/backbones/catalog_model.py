"""Table model of the catalog of backbones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from studio.catalog.catalog import BackboneInfo
from studio.formatting.language import tr, translated
from studio.session.plan import backbone_table
from studio.session.plan.backbone_table import COLUMNS, Show

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
STAR = 0
"""Column of the stars; those of `COLUMNS` follow."""


class CatalogModel(QAbstractTableModel):
    """The backbones that search and filter leave.

    Signals:
        favorites_changed: Names of the favorites after a change by the user.
    """

    favorites_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[BackboneInfo] = []
        self.favorites: Sequence[str] = ()
        self.recent: Sequence[str] = ()
        self.chosen = ""
        self._query: tuple[str, Show, int, bool] = ("", "all", -1, False)
        self._weights: dict[str, str] = {}

    def show_marks(self, favorites: Sequence[str], recent: Sequence[str]) -> None:
        """Set favorites and recently used backbones."""
        self.favorites, self.recent = favorites, recent
        self.refresh()

    def show_rows(self, text: str, show: Show) -> None:
        """Filter the catalog."""
        self._query = (text, show, *self._query[2:])
        self.refresh()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; by that of the stars: in the order of the catalog."""
        self._query = (*self._query[:2], column - 1, order is Qt.SortOrder.DescendingOrder)
        self.refresh()

    def refresh(self) -> None:
        """Filter and sort again; weights may have been downloaded since."""
        text, show, column, descending = self._query
        self.beginResetModel()
        self._weights.clear()
        self.entries = backbone_table.rows(text, show, self.favorites, self.recent, column, descending)
        self.endResetModel()

    def toggle_star(self, row: int) -> None:
        """Make a backbone a favorite, or no longer."""
        if 0 <= row < len(self.entries):
            self.favorites = backbone_table.toggled(self.favorites, self.entries[row].name)
            self.dataChanged.emit(self.index(row, STAR), self.index(row, STAR))
            self.favorites_changed.emit(list(self.favorites))

    def row_of(self, name: str) -> int:
        """Row of a backbone; -1 where it is not shown."""
        return next((row for row, entry in enumerate(self.entries) if entry.name == name), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else 1 + len(COLUMNS)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles and their tooltips."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if section == STAR:
            texts = {Qt.ItemDataRole.DisplayRole: "★", Qt.ItemDataRole.ToolTipRole: tr("Favorites")}
            return texts.get(Qt.ItemDataRole(role))
        column = COLUMNS[section - 1]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return {
            Qt.ItemDataRole.DisplayRole: translated(column.title),
            Qt.ItemDataRole.ToolTipRole: translated(column.tip),
        }.get(Qt.ItemDataRole(role))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell."""
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        if index.column() == STAR:
            starred = entry.name in self.favorites
            texts = {
                Qt.ItemDataRole.DisplayRole: "★" if starred else "☆",
                Qt.ItemDataRole.AccessibleTextRole: tr("favorite") if starred else tr("not a favorite"),
                Qt.ItemDataRole.ToolTipRole: tr("A favorite; a click or * removes the mark")
                if starred
                else tr("A click or * makes it a favorite"),
            }
            return texts.get(Qt.ItemDataRole(role))
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, index.column() - 1)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 1:
            return f"{entry.source}: {entry.arch}"
        return None

    def longest(self, column: int) -> str:
        """The longest text of a column of numbers; "" for columns of words."""
        if column == STAR or not COLUMNS[column - 1].is_number:
            return ""
        return max((self._text(entry, column - 1) for entry in self.entries), key=len, default="")

    def copied_row(self, index: Index) -> Sequence[object]:
        """The texts of a row, for the clipboard."""
        entry = self.entries[index.row()]
        return [self._text(entry, column) for column in range(len(COLUMNS))]

    def copied_headings(self) -> Sequence[str]:
        """Headings of the copied columns."""
        return [translated(column.title) for column in COLUMNS]

    def _text(self, entry: BackboneInfo, column: int) -> str:
        if COLUMNS[column].text is not backbone_table.weights:
            return COLUMNS[column].text(entry)
        if entry.name not in self._weights:  # looks at the disk
            self._weights[entry.name] = backbone_table.weights(entry)
        return self._weights[entry.name]


def _side(section: int) -> Qt.AlignmentFlag:
    if section == STAR:
        return Qt.AlignmentFlag.AlignCenter
    side = Qt.AlignmentFlag.AlignRight if COLUMNS[section - 1].is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
