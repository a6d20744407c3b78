"""Table of precision, recall and F1 per class; sorts by any column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QWidget

from studio.events import ClassScore
from studio.formatting import typography
from studio.formatting.numbers import exact
from studio.ui.widgets.columns import Columns
from studio.ui.widgets.distinct_names import NameDelegate
from studio.ui.widgets.read_only_table import RowTable
from studio.ui.widgets.table_copy import COPY_ROLE

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
COLUMNS = ("Class", "Photos", "Precision", "Recall", "F1", "Recall 95 % CI")
TIPS = (
    "",
    "Validation photos of the class",
    "Share of correct predictions among the photos predicted as this class",
    "Share of correct predictions among the photos of this class",
    "Harmonic mean of precision and recall",
    "Wilson interval: the recall lies in it with 95 % confidence",
)
SORT = Qt.ItemDataRole.UserRole


class ScoreModel(QAbstractTableModel):
    """Scores in the order of the labels."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scores: Sequence[ClassScore] = ()

    def show(self, scores: Sequence[ClassScore]) -> None:
        """Show these scores; the same classes keep their rows."""
        if scores is self._scores:
            return
        same = [score.name for score in scores] == [score.name for score in self._scores]
        if same and scores:
            self._scores = scores
            self.dataChanged.emit(self.index(0, 0), self.index(len(scores) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._scores = scores
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Classes."""
        return 0 if parent.isValid() else len(self._scores)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Name, number of photos, three scores, interval."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell, or the number to sort by."""
        if not index.isValid() or index.row() >= len(self._scores):
            return None
        score, column = self._scores[index.row()], index.column()
        low, high = score.recall_interval
        if role == Qt.ItemDataRole.DisplayRole:
            numbers = (f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}", f"{low:.2f} – {high:.2f}")
            return (typography.one_line(score.name), exact(score.images), *numbers)[column]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and column == 0:
            return typography.tip(typography.one_line(score.name))
        if role == COPY_ROLE:
            exact_numbers = (score.images, score.precision, score.recall, score.f1, f"{low:.4f} to {high:.4f}")
            return (score.name, *exact_numbers)[column]
        if role == SORT:
            return (score.name, score.images, score.precision, score.recall, score.f1, low)[column]
        return _alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles, and tooltips that define them."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


class ScoreTable(RowTable):
    """Sortable view of the scores."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Scores of each class", parent)
        self.scores = ScoreModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.scores)
        self._sorted.setSortRole(SORT)
        self._sorted.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._sorted.setDynamicSortFilter(True)
        self.setModel(self._sorted)
        self.names = NameDelegate(self)
        self.setItemDelegateForColumn(0, self.names)
        self.scores.modelReset.connect(self._name_rows)
        self.verticalHeader().setDefaultSectionSize(max(28, self.fontMetrics().height() + 10))
        header = self.horizontalHeader()
        self.columns = Columns(self, "scores", 0, {0: "class name"})
        self.columns.on_spread = self._hold_width
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def _name_rows(self) -> None:
        self.names.names.show([self.scores.index(row, 0).data() for row in range(self.scores.rowCount())])

    def _hold_width(self) -> None:
        """Set the minimum width to that of all columns: beside the confusion matrix there is room in any font."""
        columns = sum(self.columns.preferred_width(column) for column in range(len(COLUMNS)))
        self.setMinimumWidth(columns + self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth())

    def height_of_all(self) -> int:
        """Height at which every row is visible."""
        return self.height_of(self._sorted.rowCount())

    def height_of(self, number: int) -> int:
        """Height at which `number` rows are visible."""
        rows = number * self.verticalHeader().defaultSectionSize()
        return rows + self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth() + 4


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
