"""Table of precision, recall and F1 per class; sorts by any column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QObject,
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


class ScoreModel(TitledColumns):
    """Scores, one row per class; it sorts them itself: a proxy would ask for the keys of 1,000 classes 15,000 times."""

    titles, tips = COLUMNS, TIPS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scores: Sequence[ClassRow] = ()
        self._places: list[int] = []
        self._by: tuple[int, Qt.SortOrder] = -1, Qt.SortOrder.AscendingOrder

    def show(self, scores: Sequence[ClassRow]) -> None:
        """Show these scores; the same classes keep their rows."""
        if scores == self._scores:
            return
        same = [score.name for score in scores] == [score.name for score in self._scores]
        if same and scores:
            self._scores = scores
            self.dataChanged.emit(self.index(0, 0), self.index(len(scores) - 1, len(COLUMNS) - 1))
            self._sort_again()
            return
        self.beginResetModel()
        self._scores = scores
        self._places = self._order()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 restores the order of the labels. Equal rows keep that order."""
        if self._by != (column, order):  # a view asks twice
            self._by = column, order
            self._sort_again()

    def _sort_again(self) -> None:
        before, after = self._places, self._order()
        if before == after:
            return
        self.layoutAboutToBeChanged.emit()
        self._places = after
        rows = {place: row for row, place in enumerate(after)}
        for index in self.persistentIndexList():
            self.changePersistentIndex(index, self.index(rows[before[index.row()]], index.column()))
        self.layoutChanged.emit()

    def _order(self) -> list[int]:
        """Positions in `_scores` in the order of the rows."""
        places = list(range(len(self._scores)))
        column, order = self._by
        if column >= 0:
            descending = order == Qt.SortOrder.DescendingOrder
            places.sort(key=lambda place: self._sorted_by(self._scores[place], column), reverse=descending)
        return places

    def score(self, row: int) -> ClassRow:
        """The scores in a row."""
        return self._scores[self._places[row]]

    def longest(self, column: int) -> str:
        """The largest number of photos; "" for names, and for scores, which have one length."""
        return exact(max(score.photos for score in self._scores)) if column == 1 and self._scores else ""

    def rowCount(self, parent: Index = ROOT) -> int:
        """Classes."""
        return 0 if parent.isValid() else len(self._scores)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell."""
        if not index.isValid() or index.row() >= len(self._scores):
            return None
        score, column = self.score(index.row()), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            numbers = score_texts(score) if not score.note else (score.note, "", "")
            return (typography.one_line(score.name), exact(score.photos), *numbers)[column]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and column == 0:
            return typography.tip(typography.one_line(score.name))
        return alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    @staticmethod
    def _sorted_by(score: ClassRow, column: int) -> str | float:
        if column < METRICS[0]:
            return score.photos if column else score.name.casefold()
        value = score.values()[column - METRICS[0]]
        return -1.0 if value is None else value

    def copied_headings(self) -> Sequence[str]:
        """Headings of the copied columns: each metric, and the ends of its interval."""
        metrics = [(name, f"{name} low", f"{name} high") for name in COLUMNS[2:]]
        return *COLUMNS[:2], *(heading for one in metrics for heading in one)

    def copied_row(self, index: Index) -> Sequence[object]:
        """A class as exact numbers."""
        score = self.score(index.row())
        numbers = (
            (value, *(ends or (None, None))) for value, ends in zip(score.values(), score.intervals, strict=True)
        )
        return score.name, score.photos, *(number for one in numbers for number in one)


class ScoreTable(RowTable):
    """Sortable view of the scores."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Scores of each class"), parent)
        self.scores = ScoreModel(self)
        self.setModel(self.scores)
        self.names = NameDelegate(self)
        self.setItemDelegateForColumn(0, self.names)
        self.scores.modelReset.connect(self._name_rows)
        for signal in (self.scores.modelReset, self.scores.layoutChanged, self.scores.dataChanged):
            signal.connect(self._span_notes)
        self.verticalHeader().setDefaultSectionSize(max(28, self.fontMetrics().height() + 10))
        header = self.horizontalHeader()
        samples = {0: tr("class name"), **dict.fromkeys(METRICS, SAMPLE)}
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
        for row in range(self.scores.rowCount()):
            if self.scores.score(row).note:
                self.setSpan(row, METRICS[0], 1, len(METRICS))

    def choose(self, names: Sequence[str]) -> None:
        """Select the rows of these classes, and scroll to the first."""
        self.clearSelection()
        titles = {typography.one_line(name) for name in names}
        rows = [row for row in range(self.scores.rowCount()) if self.scores.index(row, 0).data() in titles]
        selection = self.selectionModel()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in rows:
            selection.select(self.scores.index(row, 0), flags)
        if rows:
            self.scrollTo(self.scores.index(rows[0], 0))

    def class_at(self, index: QModelIndex) -> str:
        """Name of the class in a row."""
        return self.scores.score(index.row()).name

    def height_of_all(self) -> int:
        """Height at which every row is visible."""
        return self.height_of(self.scores.rowCount())

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
