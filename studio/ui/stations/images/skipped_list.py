"""Collapsible tables of the files left out of a data set and of notes on single photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.events import Skipped
from studio.formatting import typography
from studio.formatting.language import counted, tr, translated
from studio.ui.theme import theme
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.read_only_table import RowTable

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
MOST_ROWS = 5


class SkippedModel(QAbstractTableModel):
    """Rows of path and reason."""

    def __init__(self, parent: QWidget, titles: tuple[str, str]) -> None:
        super().__init__(parent)
        self.rows: tuple[Skipped, ...] = ()
        self._titles = titles

    def show(self, rows: tuple[Skipped, ...]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        """Number of files or folders."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        """Path, reason."""
        return 0 if parent.isValid() else 2

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell; the tooltip shows it in full."""
        item = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return translated(item.reason) if index.column() else typography.one_line(item.path)
        if role == Qt.ItemDataRole.ToolTipRole:
            return typography.tip(typography.one_line(f"{item.path}: {translated(item.reason)}"))
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


def _left_out(number: int) -> str:
    return tr("{files} left out").format(files=counted(number, "file"))


class SkippedList(QWidget):
    """A line with a count that opens a table; hidden while there are no rows, closed until the user opens it.

    Args:
        parent: Owner.
        counted_files: Returns what is counted with its number.
        name: Name of the table for screen readers.
        titles: Titles of the two columns.
        about: Tooltip of the line.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        counted_files: Callable[[int], str] = lambda number: tr("{files} left out").format(
            files=counted(number, "file")
        ),
        name: str = tr("Files left out"),
        titles: tuple[str, str] = (tr("File or folder"), tr("Why")),
        about: str = tr("Show what was left out, and why"),
    ) -> None:
        super().__init__(parent)
        self._counted = counted_files
        self._model = SkippedModel(self, titles)
        self._toggle = QPushButton(self._counted(0), self)
        self._toggle.setProperty("role", "link")
        self._toggle.setCheckable(True)
        self._toggle.setToolTip(about)
        self._table = RowTable(name, self)
        self._table.setModel(self._model)
        self._table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.columns = Columns(
            self._table, "skipped", 1, {0: "some/folder/photo_name.jpg", 1: tr("a reason in some words")}
        )
        self._table.hide()
        self._toggle.toggled.connect(self._table.setVisible)
        self._toggle.toggled.connect(self._apply_theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._table)
        theme.when_changed(self._apply_theme)
        self._apply_theme()
        self.hide()

    def show_skipped(self, rows: tuple[Skipped, ...]) -> None:
        """Show these rows; hide without any."""
        if rows is self._model.rows or rows == self._model.rows:
            return
        self._model.show(rows)
        self._toggle.setText(self._counted(sum(item.count for item in rows)))
        row = self._table.verticalHeader().defaultSectionSize()
        self._table.setFixedHeight(row * (min(len(rows), MOST_ROWS) + 1) + 12)
        self.setVisible(bool(rows))

    def _apply_theme(self) -> None:
        name = "chevron-down" if self._toggle.isChecked() else "chevron-right"
        self._toggle.setIcon(theme.icon(name, theme.current().accent))
