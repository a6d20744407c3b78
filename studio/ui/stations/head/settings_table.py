"""Table of runs by the settings in which they differ: a model, so that 1,000 runs are shown at once."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.runs.settings_axes import SettingsComparison
from studio.ui.widgets.tables.columns import PADDING
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.titled_columns import ROOT, alignment

Index = QModelIndex | QPersistentModelIndex

LEAST_NAME = 150
"""Least width of the column of names in pixels; where there is less room, the table scrolls."""


class SettingsModel(QAbstractTableModel):
    """A row for each run, best first: its name, its result, and the settings."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shown: SettingsComparison | None = None
        self._columns: tuple[tuple[str, ...], ...] = ()

    def show(self, shown: SettingsComparison) -> None:
        """Show other runs."""
        self.beginResetModel()
        self.shown = shown
        axes = (shown.axes[-1], *shown.axes[:-1])
        self._columns = (shown.names, *(axis.texts for axis in axes))
        self.endResetModel()

    def longest(self, column: int) -> str:
        """The longest text of a column."""
        return max({re.sub(r"\d", "0", text) for text in self._columns[column]}, key=len, default="")

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of runs."""
        return 0 if parent.isValid() or self.shown is None else len(self.shown.runs)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Name, result, settings."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell; its tooltip is the whole run."""
        if self.shown is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[index.column()][index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return typography.tip(self.shown.sentence(index.row()))
        return alignment(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if way is not Qt.Orientation.Horizontal or self.shown is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.shown.headings[section]
        return alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


class SettingsTable(RowTable):
    """The view; the names take the room that the numbers leave."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Runs by their settings, best first"), parent)
        self._settings = SettingsModel(self)
        self.setModel(self._settings)
        self.setSelectionMode(RowTable.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    def show_comparison(self, shown: SettingsComparison) -> None:
        """Show other runs."""
        self._settings.show(shown)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Measure the texts in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the names the new room."""
        super().resizeEvent(event)
        self._give_names_the_rest()

    def _fit(self) -> None:
        """Make each column of values as wide as its heading and its longest text."""
        heading, metrics = self.horizontalHeader().fontMetrics(), self.fontMetrics()
        for column in range(1, self._settings.columnCount()):
            # Not the header's `sectionSizeHint`, which lacks the padding of the style sheet before the first paint.
            title = str(self._settings.headerData(column, Qt.Orientation.Horizontal))
            longest = metrics.horizontalAdvance(self._settings.longest(column))
            self.setColumnWidth(column, max(heading.horizontalAdvance(title), longest) + PADDING)
        self._give_names_the_rest()

    def _give_names_the_rest(self) -> None:
        if self._settings.columnCount():
            others = sum(self.columnWidth(column) for column in range(1, self._settings.columnCount()))
            self.setColumnWidth(0, max(LEAST_NAME, self.viewport().width() - others))
