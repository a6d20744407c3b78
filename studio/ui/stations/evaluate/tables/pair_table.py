"""Table of the most confused pairs of classes: a click, or Enter, shows their photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr
from studio.session.evaluation import confusion_view
from studio.session.evaluation.confusion_view import ConfusedPair
from studio.ui.widgets.tables.columns import PADDING, Columns
from studio.ui.widgets.tables.distinct_names import NameDelegate
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.table_copy import COPY_ROLE
from studio.ui.widgets.tables.titled_columns import ROOT, Index, TitledColumns, alignment

ARROW = " → "
COLUMNS = (tr("True → predicted"), tr("Photos"), tr("Of class"))
TIPS = (
    "",
    tr("Photos of the first class that are predicted as the second"),
    tr("Their share of the photos of the first class"),
)
ROOM_FOR_SHARE = 330
"""Width from which the share of the class is shown."""

MOST = 200
"""Number of pairs listed, the largest."""


class PairModel(TitledColumns):
    """The pairs, those with the most photos first."""

    titles, tips = COLUMNS, TIPS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pairs: Sequence[ConfusedPair] = ()
        self._classes: Sequence[str] = ()

    def show(self, counts: NDArray[np.int64], classes: Sequence[str]) -> None:
        """Show the pairs of these counts."""
        self.beginResetModel()
        self.pairs, self._classes = confusion_view.most_confused(counts, MOST), classes
        self.endResetModel()

    def names(self, row: int) -> tuple[str, str]:
        """The true and the predicted class."""
        pair = self.pairs[row]
        return typography.one_line(self._classes[pair.true]), typography.one_line(self._classes[pair.predicted])

    def longest(self, column: int) -> str:
        """The largest number of a column; "" for the names."""
        if not column or not self.pairs:
            return ""
        if column == 1:
            return numbers.exact(max(pair.photos for pair in self.pairs))
        return numbers.percent(max(pair.share for pair in self.pairs))

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of pairs."""
        return 0 if parent.isValid() else len(self.pairs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell; the tooltip has the names in full."""
        pair, words = self.pairs[index.row()], ARROW.join(self.names(index.row()))
        if role == Qt.ItemDataRole.DisplayRole:
            return (words, numbers.exact(pair.photos), numbers.percent(pair.share))[index.column()]
        if role == COPY_ROLE:
            return (words, pair.photos, pair.share)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return typography.tip(f"{words}: {counted(pair.photos, 'photo')}")
        return alignment(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None


class PairDelegate(NameDelegate):
    """Shortens each of the two names, so that both are seen."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Divide the width between the names."""
        super().initStyleOption(option, index)
        model, room = index.model(), option.rect.width() - PADDING
        if not isinstance(model, PairModel) or room <= 0:
            return
        metrics = option.fontMetrics
        names = model.names(index.row())
        room -= metrics.horizontalAdvance(ARROW)
        widths = [metrics.horizontalAdvance(name) for name in names]
        if sum(widths) > room:
            half = room // 2
            rooms = [max(half, room - other) for other in reversed(widths)]
            shown = (self.names.shortened(name, own, metrics) for name, own in zip(names, rooms, strict=True))
            option.text = ARROW.join(shown)
        else:
            option.text = ARROW.join(names)


class PairTable(RowTable):
    """The view of the pairs.

    Signals:
        pair_chosen: Labels of the true and the predicted class.
    """

    pair_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Most confused pairs of classes"), parent)
        self.setAccessibleDescription(tr("Enter shows the photos of a pair."))
        self._pairs = PairModel(self)
        self.setModel(self._pairs)
        self.setSelectionMode(RowTable.SelectionMode.SingleSelection)
        self._names = PairDelegate(self)
        self.setItemDelegateForColumn(0, self._names)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.columns = Columns(self, "pairs", 0, {0: "class → class"}, self._pairs.longest)
        self.columns.on_spread = self._show_columns
        self.columns.let_choose()
        self.clicked.connect(self._choose)

    def show_counts(self, counts: NDArray[np.int64], classes: Sequence[str]) -> None:
        """Show the pairs of these counts."""
        self._names.names.show([typography.one_line(name) for name in classes])
        self._pairs.show(counts, classes)

    def mark(self, cell: tuple[int, int] | None) -> None:
        """Select the row of a cell; none where it is not listed."""
        rows = (row for row, pair in enumerate(self._pairs.pairs) if (pair.true, pair.predicted) == cell)
        row = next(rows, -1)
        if row < 0:
            self.clearSelection()
        elif not self.selectionModel().isRowSelected(row, QModelIndex()):
            self.selectRow(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the photos of the current pair on Enter and Space."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _show_columns(self) -> None:
        """Give the column of the share to the names where there is little room; the matrix shows the share, too."""
        self.setColumnHidden(2, self.viewport().width() < ROOM_FOR_SHARE)

    def _choose(self, index: QModelIndex) -> None:
        pair = self._pairs.pairs[index.row()]
        self.pair_chosen.emit(pair.true, pair.predicted)
