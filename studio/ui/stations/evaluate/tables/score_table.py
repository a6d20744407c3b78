"""Table of precision, recall and F1 per class; sorts by any column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtWidgets import QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.formatting.numbers import exact
from studio.session.evaluation.class_rows import ClassRow, Ends
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.distinct_names import NameDelegate
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.sort_menu import SortMenu
from studio.ui.widgets.tables.titled_columns import ROOT, Index, TitledColumns, alignment

COLUMNS = (tr("Class"), tr("Photos"), tr("Precision"), tr("Recall"), "F1")
METRICS = (2, 3, 4)
SAMPLE = "0.912 (0.86 – 0.96)"
"""Longest text of a metric."""

TIPS = (
    "",
    tr("Judged photos of the class"),
    tr("Share of correct predictions among the photos predicted as this class, with its 95 % interval"),
    tr("Share of correct predictions among the photos of this class, with its 95 % interval"),
    tr("Harmonic mean of precision and recall, with its 95 % interval"),
)
SORT, NOTE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class ScoreModel(TitledColumns):
    """Scores in the order of the labels."""

    titles, tips = COLUMNS, TIPS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scores: Sequence[ClassRow] = ()

    def show(self, scores: Sequence[ClassRow]) -> None:
        """Show these scores; the same classes keep their rows."""
        if scores == self._scores:
            return
        same = [score.name for score in scores] == [score.name for score in self._scores]
        if same and scores:
            self._scores = scores
            self.dataChanged.emit(self.index(0, 0), self.index(len(scores) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._scores = scores
        self.endResetModel()

    def longest(self, column: int) -> str:
        """The largest number of photos; "" for names, and for scores, which have one length."""
        return exact(max(score.photos for score in self._scores)) if column == 1 and self._scores else ""

    def rowCount(self, parent: Index = ROOT) -> int:
        """Classes."""
        return 0 if parent.isValid() else len(self._scores)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell, or the number to sort by."""
        if not index.isValid() or index.row() >= len(self._scores):
            return None
        if role == SORT:  # asked for thousands of times where 1,000 classes are sorted
            return self._sorted_by(self._scores[index.row()], index.column())
        score, column = self._scores[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            numbers = score_texts(score) if not score.note else (score.note, "", "")
            return (typography.one_line(score.name), exact(score.photos), *numbers)[column]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and column == 0:
            return typography.tip(typography.one_line(score.name))
        if role == NOTE:
            return score.note
        return alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    @staticmethod
    def _sorted_by(score: ClassRow, column: int) -> str | float:
        if column < METRICS[0]:
            return score.photos if column else score.name
        value = score.values()[column - METRICS[0]]
        return -1.0 if value is None else value

    def copied_headings(self) -> Sequence[str]:
        """Headings of the copied columns: each metric, and the ends of its interval."""
        metrics = [(name, f"{name} low", f"{name} high") for name in COLUMNS[2:]]
        return *COLUMNS[:2], *(heading for one in metrics for heading in one)

    def copied_row(self, index: Index) -> Sequence[object]:
        """A class as exact numbers."""
        score = self._scores[index.row()]
        numbers = (
            (value, *(ends or (None, None))) for value, ends in zip(score.values(), score.intervals, strict=True)
        )
        return score.name, score.photos, *(number for one in numbers for number in one)


class ScoreTable(RowTable):
    """Sortable view of the scores."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Scores of each class"), parent)
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
        for signal in (self._sorted.modelReset, self._sorted.layoutChanged, self._sorted.dataChanged):
            signal.connect(self._span_notes)
        self.verticalHeader().setDefaultSectionSize(max(28, self.fontMetrics().height() + 10))
        header = self.horizontalHeader()
        samples = {0: "class name", **dict.fromkeys(METRICS, SAMPLE)}
        self.columns = Columns(self, "scores", 0, samples, self.scores.longest)
        self.columns.on_spread = self._hold_width
        self.columns.let_choose()
        SortMenu(self, tr("Order of the classes"))
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def _name_rows(self) -> None:
        self.names.names.show([self.scores.index(row, 0).data() for row in range(self.scores.rowCount())])

    def _hold_width(self) -> None:
        """Set the minimum width to that of all columns: beside the confusion matrix there is room in any font."""
        columns = sum(self.columns.preferred_width(column) for column in range(len(COLUMNS)))
        self.setMinimumWidth(columns + self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth())

    def _span_notes(self) -> None:
        """Let notes extend over the columns of the metrics that they replace."""
        self.clearSpans()
        for row in range(self._sorted.rowCount()):
            if self._sorted.index(row, 0).data(NOTE):
                self.setSpan(row, METRICS[0], 1, len(METRICS))

    def choose(self, names: Sequence[str]) -> None:
        """Select the rows of these classes, and scroll to the first."""
        self.clearSelection()
        titles = {typography.one_line(name) for name in names}
        rows = [row for row in range(self._sorted.rowCount()) if self._sorted.index(row, 0).data() in titles]
        selection = self.selectionModel()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in rows:
            selection.select(self._sorted.index(row, 0), flags)
        if rows:
            self.scrollTo(self._sorted.index(rows[0], 0))

    def class_at(self, index: QModelIndex) -> str:
        """Name of the class in a row."""
        return str(self._sorted.index(index.row(), 0).data(SORT))

    def height_of_all(self) -> int:
        """Height at which every row is visible."""
        return self.height_of(self._sorted.rowCount())

    def height_of(self, number: int) -> int:
        """Height at which `number` rows are visible."""
        rows = number * self.verticalHeader().defaultSectionSize()
        return rows + self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth() + 4


def score_texts(row: ClassRow) -> tuple[str, ...]:
    """Precision, recall and F1 with their intervals: “0.912 (0.86 – 0.96)”."""
    return tuple(map(_text, row.values(), row.intervals))


def _text(value: float | None, interval: Ends) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" ({interval[0]:.2f} – {interval[1]:.2f})" if interval is not None else "")
