"""The epochs as a table, newest first, with what each of them tells in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.evaluate.best_epoch import best_epoch, criterion
from studio.evaluate.epoch_observations import Observation, observe
from studio.evaluate.metrics import Metric, over_epochs, task_of_epochs
from studio.events import Epoch
from studio.formatting import numbers
from studio.spec import Result
from studio.ui.theme import theme
from studio.ui.widgets.columns import Columns
from studio.ui.widgets.number_field import short
from studio.ui.widgets.read_only_table import RowTable

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
EPOCH, TIME, PHASE, RATE, WORDS = 0, 5, 6, 7, 8
HEADINGS = {EPOCH: "Epoch", TIME: "Time", PHASE: "Phase", RATE: "Rate", WORDS: "What happened"}
PAIRS = (1, 3)
"""Columns of the first two metrics: of the training photos, and behind it of the validation photos."""

MORE = 9
"""First column of further metrics. They stand before the time: widths that the user chose stay with their columns."""

SIDES = ("Train", "Val")
PHASES = {"head": "head", "network": "thawed"}
SAMPLES = dict(enumerate(("★ 1000", "0.0000", "0.0000", "100.0 %", "100.0 %", "12 min 40 s", "thawed", "1.2e-5")))
"""The longest usual texts of the columns."""

USUAL = "overfitting: validation loss rises"
"""Text that must fit into the last column before others may take the room."""
LEAST_ROWS = 3
"""In sight in the lowest window: the newest and what it is compared with."""

TONES = {"good": "good", "caution": "caution", "bad": "bad", "plain": "muted"}


class EpochModel(QAbstractTableModel):
    """Epochs, newest first. New ones are added on top; rows that stand are not made again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._epochs: Sequence[Epoch] = ()
        self._said: tuple[Observation, ...] = ()
        self._best = -1
        self._rule: Result = "loss"
        self._metrics = over_epochs("classification")

    def show(self, epochs: Sequence[Epoch], rule: Result = "loss") -> None:
        """Show these epochs, oldest first in the argument; `rule` says which is the best."""
        if epochs is self._epochs and rule == self._rule:
            return
        self._rule = rule
        old = len(self._epochs)
        metrics = over_epochs(task_of_epochs(epochs), epochs)
        grown = len(epochs) > old > 0 and epochs[0] is self._epochs[0] and epochs[old - 1] is self._epochs[-1]
        grown = grown and metrics == self._metrics
        if not grown:
            self.beginResetModel()
            self._metrics = metrics
            self._take(epochs)
            self.endResetModel()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, WORDS)
            return
        self.beginInsertRows(QModelIndex(), 0, len(epochs) - old - 1)
        self._take(epochs)
        self.endInsertRows()
        self.dataChanged.emit(self.index(0, 0), self._last())  # the star and "best so far" move

    def latest(self) -> Observation | None:
        """Observations on the newest epoch."""
        return self._said[-1] if self._said else None

    def repaint(self) -> None:
        """The colors changed."""
        if self._epochs:
            self.dataChanged.emit(self.index(0, 0), self._last())

    def rowCount(self, parent: Index = ROOT) -> int:
        """Epochs."""
        return 0 if parent.isValid() else len(self._epochs)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Numbers and the words."""
        return 0 if parent.isValid() else MORE + 2 * max(0, len(self._metrics) - len(PAIRS))

    def metric_columns(self) -> list[int]:
        """Column of each metric of the training photos; the one behind it is of the validation photos."""
        return [PAIRS[place] if place < len(PAIRS) else MORE + 2 * (place - 2) for place in range(len(self._metrics))]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A number as people read it, or the words in their tone."""
        if not index.isValid() or index.row() >= len(self._epochs):
            return None
        place = len(self._epochs) - 1 - index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(place, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == WORDS:
            return QColor(getattr(theme.current(), TONES[self._said[place].tone]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(place, index.column())
        if index.column() == WORDS and role == Qt.ItemDataRole.AccessibleTextRole:
            return self._said[place].words
        if index.column() == EPOCH and place == self._best:
            if role == Qt.ItemDataRole.DecorationRole:
                return theme.icon("star", theme.current().good)
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._epochs[place].epoch}, {criterion(self._rule, task_of_epochs(self._epochs))}"
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names of the columns."""
        if way is not Qt.Orientation.Horizontal:
            return None
        metric = self._metric_of(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section] if metric is None else f"{SIDES[metric[1]]} {metric[0].heading}"
        if role == Qt.ItemDataRole.ToolTipRole and metric is not None:
            return metric[0].explanation
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def phases(self) -> bool:
        """True where the epochs shown are of two phases."""
        return len({epoch.phase for epoch in self._epochs}) > 1

    def rated(self) -> bool:
        """True where the epochs shown say at which rates they learned."""
        return any(epoch.lr for epoch in self._epochs)

    def _take(self, epochs: Sequence[Epoch]) -> None:
        self._epochs, self._said = epochs, observe(epochs, self._rule)
        best = best_epoch(epochs, self._rule)
        self._best = epochs.index(best) if best is not None else -1

    def _tip(self, place: int, column: int) -> str | None:
        epoch = self._epochs[place]
        if column == EPOCH and place == self._best:
            why = criterion(self._rule, task_of_epochs(self._epochs))
            kept = "its weights are kept as the best" if self._rule == "last" else "it is the run's result"
            return f"{why[0].upper()}{why[1:]}: {kept}"
        if column == PHASE:
            return "The head alone learned" if epoch.phase == "head" else "The head and all that is thawed learned"
        if column == RATE and epoch.lr:
            backbone = f", of the backbone at most {short(epoch.backbone_lr)}" if epoch.backbone_lr else ""
            return f"Rate of the head {short(epoch.lr)}{backbone}, in the epoch's last step"
        if column == EPOCH:
            rate = f", rate {short(epoch.lr)}" if epoch.lr else ""
            columns = zip(self._metrics, self.metric_columns(), strict=True)
            train = ", ".join(f"train {metric.short_name} {self._text(place, column)}" for metric, column in columns)
            return f"Epoch {epoch.epoch}: {train}, {numbers.seconds(epoch.seconds)}{rate}"
        return self._said[place].words if column == WORDS else None

    def _last(self) -> QModelIndex:
        """The last cell."""
        return self.index(len(self._epochs) - 1, self.columnCount() - 1)

    def _metric_of(self, column: int) -> tuple[Metric, int] | None:
        """The metric of a column, and 0 for the training photos or 1 for the validation photos."""
        for metric, first in zip(self._metrics, self.metric_columns(), strict=True):
            if column in (first, first + 1):
                return metric, column - first
        return None

    def _text(self, place: int, column: int) -> str:
        epoch = self._epochs[place]
        if (found := self._metric_of(column)) is not None:
            metric, side = found
            value = epoch.val(metric.key) if side else epoch.train(metric.key)
            return "–" if value is None else metric.text(value)
        cells = {
            EPOCH: str(epoch.epoch),
            TIME: numbers.seconds(epoch.seconds),
            PHASE: PHASES[epoch.phase],
            RATE: short(epoch.lr) if epoch.lr else "–",
            WORDS: _short(self._said[place].words),
        }
        return cells[column]


class EpochTable(RowTable):
    """The table view of the epochs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Epochs, newest first", parent)
        self.epochs = EpochModel(self)
        self.setModel(self.epochs)
        self.verticalHeader().setDefaultSectionSize(max(28, self.fontMetrics().height() + 10))
        rows = LEAST_ROWS * self.verticalHeader().defaultSectionSize()
        self._least = self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth()
        self._hold_rows(0, 0)
        self.horizontalScrollBar().rangeChanged.connect(self._hold_rows)
        self.columns = Columns(self, "epochs", WORDS, SAMPLES | {WORDS: USUAL})
        self.columns.on_spread = self._show_columns
        self.epochs.rowsInserted.connect(self.columns.spread)
        self.columns.spread()
        theme.when_changed(self.epochs.repaint)

    def _hold_rows(self, _least: int, most: int) -> None:
        """Keep room for the rows; a scroll bar below them takes none of it."""
        self.setMinimumHeight(self._least + (self.horizontalScrollBar().sizeHint().height() if most else 0))

    def _show_columns(self) -> None:
        """Phases where there are two, rates where they are known; without room for the words less."""
        self.setColumnHidden(PHASE, not self.epochs.phases())
        self.setColumnHidden(RATE, not self.epochs.rated())
        header = self.horizontalHeader()
        for place, column in enumerate(range(MORE, self.epochs.columnCount())):
            header.moveSection(header.visualIndex(column), TIME + place)
        train = self.epochs.metric_columns()
        for column in (TIME, *train):
            self.setColumnHidden(column, False)
        for spare in (RATE, TIME, *train[2:], *train[:2]):  # all are in the tooltip of the epoch's number
            if self.columns.others() + self.columns.preferred_width(WORDS) > self.viewport().width():
                self.setColumnHidden(spare, True)


def _short(observation: str) -> str:
    """An observation for a cell, what matters first: "overfitting: validation loss rises"; whole in the tooltip."""
    return USUAL if observation.endswith(": overfitting") else observation


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == WORDS else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
