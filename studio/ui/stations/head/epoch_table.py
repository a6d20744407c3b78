"""Table of the epochs, newest first or by a column, with an observation on each in words.

A little longer than other files, because the model, its order and its observations belong together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.evaluate.epochs.best_epoch import best_epoch, criterion
from studio.evaluate.epochs.epoch_observations import Observation, observe
from studio.evaluate.metrics import Metric, over_epochs, task_of_epochs
from studio.events import Epoch
from studio.formatting import numbers
from studio.formatting.language import tr, translated
from studio.formatting.numbers import learning_rate
from studio.spec import Result
from studio.ui.theme import theme
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.sort_menu import SortMenu
from studio.ui.widgets.tables.table_copy import COPY_ROLE

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
SORT = Qt.ItemDataRole.UserRole
EPOCH, TIME, PHASE, RATE, WORDS = 0, 5, 6, 7, 8
HEADINGS = {EPOCH: tr("Epoch"), TIME: tr("Time"), PHASE: tr("Phase"), RATE: tr("Rate"), WORDS: tr("What happened")}
PAIRS = (1, 3)
"""Column of each of the first two metrics for the training photos; the next one is for the validation photos."""

MORE = 9
"""First column of further metrics. They are shown before the time; saved widths are by column number."""

SIDES = (tr("Train {metric}"), tr("Val {metric}"))
PHASES = {"head": tr("head"), "network": tr("thawed")}
SAMPLES = dict(enumerate(("★ 1000", "0.0000", "0.0000", "100.0 %", "100.0 %", "12 min 40 s", tr("thawed"), "1.2e-5")))
"""Longest typical text of each column."""

USUAL = tr("overfitting: validation loss rises")
"""Text that must fit into the last column; other columns are hidden otherwise."""
LEAST_ROWS = 3
"""Rows visible in the lowest window: the newest epoch and those it is compared with."""

TONES = {"good": "good", "caution": "caution", "bad": "bad", "plain": "muted"}


class EpochModel(QAbstractTableModel):
    """Epochs, newest first. New ones are inserted at the top; existing rows stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._epochs: Sequence[Epoch] = ()
        self._observations: tuple[Observation, ...] = ()
        self._best = -1
        self._rule: Result = "loss"
        self._guessing = math.inf
        self._set_metrics(over_epochs("classification"))

    def show(self, epochs: Sequence[Epoch], rule: Result = "loss", guessing: float = math.inf) -> None:
        """Show these epochs (oldest first).

        Args:
            epochs: Epochs of the run.
            rule: Criterion of the best one.
            guessing: Loss of a model that guesses; infinite where it is unknown.
        """
        if epochs is self._epochs and (rule, guessing) == (self._rule, self._guessing):
            return
        self._rule, self._guessing = rule, guessing
        old = len(self._epochs)
        metrics = over_epochs(task_of_epochs(epochs), epochs)
        grown = len(epochs) > old > 0 and epochs[0] is self._epochs[0] and epochs[old - 1] is self._epochs[-1]
        grown = grown and metrics == self._metrics
        if not grown:
            self.beginResetModel()
            self._set_metrics(metrics)
            self._take(epochs)
            self.endResetModel()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, WORDS)
            return
        self.beginInsertRows(QModelIndex(), 0, len(epochs) - old - 1)
        self._take(epochs)
        self.endInsertRows()
        self.dataChanged.emit(self.index(0, 0), self._last())  # star and "best so far" may have moved

    def latest(self) -> Observation | None:
        """Observations on the newest epoch."""
        return self._observations[-1] if self._observations else None

    def repaint(self) -> None:
        """Repaint after a change of the colors."""
        if self._epochs:
            self.dataChanged.emit(self.index(0, 0), self._last())

    def longest(self, column: int) -> str:
        """The longest text of a column of numbers; "" for columns of words."""
        if not self._epochs or column in (PHASE, WORDS):
            return ""
        if column == EPOCH:
            return f"★ {max(epoch.epoch for epoch in self._epochs)}"
        if column == TIME:
            return max((numbers.seconds(epoch.seconds) for epoch in self._epochs), key=len)
        if column == RATE:
            return max(
                (learning_rate(rate) for rate in {epoch.lr for epoch in self._epochs if epoch.lr}), key=len, default=""
            )
        metric, side = self._by_column[column]
        values = {epoch.val(metric.key) if side else epoch.train(metric.key) for epoch in self._epochs} - {None}
        finite = [value for value in values if value is not None and math.isfinite(value)]
        # the longest text belongs to the largest or the smallest number
        return max((metric.text(value) for value in (max(finite), min(finite))), key=len) if finite else ""

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of epochs."""
        return 0 if parent.isValid() else len(self._epochs)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Number of columns: fixed ones, and two per metric."""
        return 0 if parent.isValid() else MORE + 2 * max(0, len(self._metrics) - len(PAIRS))

    def _set_metrics(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics
        columns = zip(metrics, self.metric_columns(), strict=True)
        self._by_column = {first + side: (metric, side) for metric, first in columns for side in (0, 1)}

    def metric_columns(self) -> list[int]:
        """Column of each metric for the training photos; the next one is for the validation photos."""
        return [PAIRS[place] if place < len(PAIRS) else MORE + 2 * (place - 2) for place in range(len(self._metrics))]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, color, tooltip and icon of a cell."""
        if not index.isValid() or index.row() >= len(self._epochs):
            return None
        place = len(self._epochs) - 1 - index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(place, index.column())
        if role == COPY_ROLE:
            return self._copied(place, index.column())
        if role == SORT:
            return self._sorted_by(place, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == WORDS:
            return QColor(getattr(theme.current(), TONES[self._observations[place].tone]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(place, index.column())
        if index.column() == WORDS and role == Qt.ItemDataRole.AccessibleTextRole:
            return translated(self._observations[place].words)
        if index.column() == EPOCH and place == self._best:
            if role == Qt.ItemDataRole.DecorationRole:
                return theme.icon("star", theme.current().good)
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._epochs[place].epoch}, {translated(criterion(self._rule, task_of_epochs(self._epochs)))}"
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles, and tooltips that define the metrics."""
        if way is not Qt.Orientation.Horizontal:
            return None
        metric = self._metric_of(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                HEADINGS[section] if metric is None else SIDES[metric[1]].format(metric=translated(metric[0].heading))
            )
        if role == COPY_ROLE and section == TIME:
            return tr("Seconds")
        if role == Qt.ItemDataRole.ToolTipRole and metric is not None:
            return translated(metric[0].explanation)
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def has_phases(self) -> bool:
        """True where the epochs shown belong to two phases."""
        return len({epoch.phase for epoch in self._epochs}) > 1

    def has_rates(self) -> bool:
        """True where the epochs shown have recorded learning rates."""
        return any(epoch.lr for epoch in self._epochs)

    def _take(self, epochs: Sequence[Epoch]) -> None:
        self._epochs, self._observations = epochs, observe(epochs, self._rule, self._guessing)
        best = best_epoch(epochs, self._rule)
        self._best = epochs.index(best) if best is not None else -1

    def _tip(self, place: int, column: int) -> str | None:
        epoch = self._epochs[place]
        if column == EPOCH and place == self._best:
            why = translated(criterion(self._rule, task_of_epochs(self._epochs)))
            use = tr("its weights are saved as the best") if self._rule == "last" else tr("it is the run's result")
            return f"{why[0].upper()}{why[1:]}: {use}"
        if column == PHASE:
            return (
                tr("Only the head trained") if epoch.phase == "head" else tr("The head and the thawed layers trained")
            )
        if column == RATE and epoch.lr:
            text = (
                tr("Learning rate in the epoch's last step: head {head}, backbone at most {backbone}")
                if epoch.backbone_lr
                else tr("Learning rate in the epoch's last step: head {head}")
            )
            return text.format(head=learning_rate(epoch.lr), backbone=learning_rate(epoch.backbone_lr))
        if column == EPOCH:
            rate = tr(", learning rate {rate}").format(rate=learning_rate(epoch.lr)) if epoch.lr else ""
            columns = zip(self._metrics, self.metric_columns(), strict=True)
            train = ", ".join(
                tr("train {short_name} {text}").format(
                    short_name=translated(metric.short_name), text=self._text(place, column)
                )
                for metric, column in columns
            )
            text = tr("Epoch {number}: {train}, {time}{rate}")
            return text.format(number=epoch.epoch, train=train, time=numbers.seconds(epoch.seconds), rate=rate)
        return translated(self._observations[place].words) if column == WORDS else None

    def _last(self) -> QModelIndex:
        """Index of the last cell."""
        return self.index(len(self._epochs) - 1, self.columnCount() - 1)

    def _metric_of(self, column: int) -> tuple[Metric, int] | None:
        """The metric of a column, and 0 for training or 1 for validation; None for other columns."""
        return self._by_column.get(column)

    def _copied(self, place: int, column: int) -> float | int | str | None:
        """Content of a cell for the clipboard: exact numbers, and the observation in full."""
        epoch = self._epochs[place]
        if (metric_column := self._metric_of(column)) is not None:
            metric, side = metric_column
            return epoch.val(metric.key) if side else epoch.train(metric.key)
        words = self._observations[place].words
        return {EPOCH: epoch.epoch, TIME: epoch.seconds, RATE: epoch.lr or None, WORDS: words}.get(column)

    def _sorted_by(self, place: int, column: int) -> float | int | str | None:
        """What a cell is sorted by; None, which comes last, where there is no value."""
        value = self._epochs[place].phase if column == PHASE else self._copied(place, column)
        if isinstance(value, float) and math.isnan(value):
            return math.inf  # a loss that is not a number: NaN has no position in an order
        return value

    def _text(self, place: int, column: int) -> str:
        epoch = self._epochs[place]
        if (metric_column := self._metric_of(column)) is not None:
            metric, side = metric_column
            value = epoch.val(metric.key) if side else epoch.train(metric.key)
            return "–" if value is None else metric.text(value)
        cells = {
            EPOCH: str(epoch.epoch),
            TIME: numbers.seconds(epoch.seconds),
            PHASE: PHASES[epoch.phase],
            RATE: learning_rate(epoch.lr) if epoch.lr else "–",
            WORDS: _short(self._observations[place].words),
        }
        return cells[column]


class EpochTable(RowTable):
    """The table view of the epochs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Epochs, newest first"), parent)
        self.epochs = EpochModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.epochs)
        self._sorted.setSortRole(SORT)
        self.setModel(self._sorted)
        self.verticalHeader().setDefaultSectionSize(max(28, self.fontMetrics().height() + 10))
        rows = LEAST_ROWS * self.verticalHeader().defaultSectionSize()
        self._least = self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth()
        self._hold_rows(0, 0)
        self.horizontalScrollBar().rangeChanged.connect(self._hold_rows)
        self.columns = Columns(self, "epochs", WORDS, SAMPLES | {WORDS: USUAL}, self.epochs.longest)
        self.columns.on_spread = self._show_columns
        self.columns.let_choose()
        SortMenu(self, tr("Newest first"))
        self.horizontalHeader().setSortIndicatorClearable(True)  # the third click: newest first
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.epochs.rowsInserted.connect(self.columns.spread)
        self.columns.spread()
        theme.when_changed(self.epochs.repaint)

    def _hold_rows(self, _least: int, most: int) -> None:
        """Reserve the height of the rows, and of the scroll bar below them where there is one."""
        self.setMinimumHeight(self._least + (self.horizontalScrollBar().sizeHint().height() if most else 0))

    def _show_columns(self) -> None:
        """Show the columns that have content; hide less important ones where the last column would not fit."""
        self.setColumnHidden(PHASE, not self.epochs.has_phases())
        self.setColumnHidden(RATE, not self.epochs.has_rates())
        header = self.horizontalHeader()
        for place, column in enumerate(range(MORE, self.epochs.columnCount())):
            header.moveSection(header.visualIndex(column), TIME + place)
        train = self.epochs.metric_columns()
        for column in (TIME, *train):
            self.setColumnHidden(column, False)
        for spare in (RATE, TIME, *train[2:], *train[:2]):  # the tooltip of the epoch's number has them all
            if self.columns.others() + self.columns.preferred_width(WORDS) > self.viewport().width():
                self.setColumnHidden(spare, True)


def _short(observation: str) -> str:
    """An observation shortened for a cell: "overfitting: validation loss rises"; the tooltip has the full text."""
    return USUAL if observation.endswith(": overfitting") else translated(observation)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == WORDS else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
