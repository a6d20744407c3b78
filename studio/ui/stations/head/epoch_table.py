"""The epochs as a table, newest first, with what each of them tells in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from studio.evaluate.best_epoch import best_epoch, criterion
from studio.evaluate.epoch_observations import Observation, observe
from studio.events import Epoch
from studio.formatting import numbers
from studio.spec import Result
from studio.ui.theme import theme
from studio.ui.widgets.columns import Columns
from studio.ui.widgets.number_field import short
from studio.ui.widgets.read_only_table import RowTable

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
COLUMNS = ("Epoch", "Train loss", "Val loss", "Train acc", "Val acc", "Time", "Phase", "Rate", "What happened")
NUMBER_COLUMNS = (*COLUMNS[:3], "Train MAE", "Val MAE", *COLUMNS[5:])
EPOCH, TRAIN_LOSS, TRAIN, TIME, PHASE, RATE, WORDS = 0, 1, 3, 5, 6, 7, 8
PHASES = {"head": "head", "network": "thawed"}
SAMPLES = dict(enumerate(("★ 1000", "0.0000", "0.0000", "100.0 %", "100.0 %", "12 min 40 s", "thawed", "1.2e-5")))
"""The longest usual texts of the columns."""

USUAL = "overfitting: validation loss rises"
"""What must fit into the last column before others may take the room."""
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

    def show(self, epochs: Sequence[Epoch], rule: Result = "loss") -> None:
        """Show these epochs, oldest first in the argument; `rule` says which is the best."""
        if epochs is self._epochs and rule == self._rule:
            return
        self._rule = rule
        old = len(self._epochs)
        grown = len(epochs) > old > 0 and epochs[0] is self._epochs[0] and epochs[old - 1] is self._epochs[-1]
        if not grown:
            self.beginResetModel()
            self._take(epochs)
            self.endResetModel()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, WORDS)
            return
        self.beginInsertRows(QModelIndex(), 0, len(epochs) - old - 1)
        self._take(epochs)
        self.endInsertRows()
        self.dataChanged.emit(self.index(0, 0), self.index(len(epochs) - 1, WORDS))  # the star and "best so far" move

    def latest(self) -> Observation | None:
        """What the newest epoch tells."""
        return self._said[-1] if self._said else None

    def repaint(self) -> None:
        """The colors changed."""
        if self._epochs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._epochs) - 1, WORDS))

    def rowCount(self, parent: Index = ROOT) -> int:
        """Epochs."""
        return 0 if parent.isValid() else len(self._epochs)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Numbers and the words."""
        return 0 if parent.isValid() else len(COLUMNS)

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
                return f"{self._epochs[place].epoch}, {criterion(self._rule, self._numeric())}"
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names of the columns."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (NUMBER_COLUMNS if self._numeric() else COLUMNS)[section]
        if role == Qt.ItemDataRole.ToolTipRole and section in (1, 2):
            return "Mean squared error of standardized numbers" if self._numeric() else "Mean cross-entropy in nats"
        if role == Qt.ItemDataRole.ToolTipRole and section in (3, 4) and self._numeric():
            return "Mean absolute error: how far predicted numbers are off on average"
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
            why = criterion(self._rule, self._numeric())
            kept = "its weights are kept as the best" if self._rule == "last" else "it is the run's result"
            return f"{why[0].upper()}{why[1:]}: {kept}"
        if column == PHASE:
            return "The head alone learned" if epoch.phase == "head" else "The head and all that is thawed learned"
        if column == RATE and epoch.lr:
            backbone = f", of the backbone at most {short(epoch.backbone_lr)}" if epoch.backbone_lr else ""
            return f"Rate of the head {short(epoch.lr)}{backbone}, in the epoch's last step"
        if column == EPOCH:
            rate = f", rate {short(epoch.lr)}" if epoch.lr else ""
            train = f"train loss {self._text(place, TRAIN_LOSS)}, train {self._text(place, TRAIN)}"
            return f"Epoch {epoch.epoch}: {train}, {numbers.seconds(epoch.seconds)}{rate}"
        return self._said[place].words if column == WORDS else None

    def _numeric(self) -> bool:
        return bool(self._epochs) and self._epochs[0].val_mae is not None

    def _text(self, place: int, column: int) -> str:
        epoch = self._epochs[place]
        cells = (
            str(epoch.epoch),
            f"{epoch.train_loss:.3f}",
            f"{epoch.val_loss:.3f}",
            _figure(epoch.train_accuracy, epoch.train_mae),
            _figure(epoch.val_accuracy, epoch.val_mae),
            numbers.seconds(epoch.seconds),
            PHASES[epoch.phase],
            short(epoch.lr) if epoch.lr else "–",
            _short(self._said[place].words),
        )
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
        for column in (TIME, TRAIN_LOSS, TRAIN):
            self.setColumnHidden(column, False)
        for spare in (RATE, TIME, TRAIN_LOSS, TRAIN):  # all are in the tooltip of the epoch's number
            if self.columns.others() + self.columns.wanted(WORDS) > self.viewport().width():
                self.setColumnHidden(spare, True)


def _short(observation: str) -> str:
    """An observation for a cell, what matters first: "overfitting: validation loss rises"; whole in the tooltip."""
    return USUAL if observation.endswith(": overfitting") else observation


def _figure(accuracy: float, error: float | None) -> str:
    return numbers.percent(accuracy) if error is None else numbers.number(error)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == WORDS else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
