"""Table of the classes: photos per split, and a bar for each class's share. A model, so that 1,000 classes scroll."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from studio.events import Dataset
from studio.formatting import numbers, typography
from studio.ui.theme import theme
from studio.ui.widgets.columns import Columns
from studio.ui.widgets.distinct_names import NameDelegate
from studio.ui.widgets.read_only_table import RowTable

AnyIndex = QModelIndex | QPersistentModelIndex
SPLITS = {"train": "Train", "val": "Val.", "test": "Test"}
SPOKEN = {"train": "training", "val": "validation", "test": "test"}
ROOT = QModelIndex()


class ClassModel(QAbstractTableModel):
    """One row per class: name, one column per split, total."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.classes: tuple[str, ...] = ()
        self.splits: list[str] = []
        self.counts: dict[str, list[int]] = {}
        self.totals: list[int] = []

    def show(self, dataset: Dataset | None) -> None:
        """Replace the rows by the classes of `dataset`."""
        self.beginResetModel()
        self.classes = dataset.classes if dataset is not None else ()
        self.counts = dataset.counts() if dataset is not None else {}
        self.splits = list(self.counts)
        self.totals = [sum(row) for row in zip(*self.counts.values(), strict=True)] or [0] * len(self.classes)
        self.endResetModel()

    def share(self, row: int) -> float:
        """Photos of a class as a share of those of the largest class."""
        return self.totals[row] / max(1, max(self.totals))

    def _text(self, row: int, column: int) -> str:
        if column == 0:
            return typography.one_line(self.classes[row])
        if column <= len(self.splits):
            return numbers.exact(self.counts[self.splits[column - 1]][row])
        return numbers.exact(self.totals[row])

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        """Number of classes."""
        return 0 if parent.isValid() else len(self.classes)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        """Name, one column per split, total."""
        return 0 if parent.isValid() else len(self.splits) + 2

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, alignment (numbers at the right) and tooltip of a cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            parts = [f"{self.counts[name][index.row()]} {SPOKEN[name]}" for name in self.splits]
            return typography.tip(f"{typography.one_line(self.classes[index.row()])}: {', '.join(parts)}")
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return ["Class", *(SPLITS[name] for name in self.splits), "Photos"][section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class ShareBar(NameDelegate):
    """Class name with a thin bar below it: the class's size relative to the largest."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint the name, then the bar."""
        super().paint(painter, option, index)
        model = index.model()
        if isinstance(model, ClassModel):
            cell: QRect = option.rect
            width = round((cell.width() - 18) * model.share(index.row()))
            bar = QRect(cell.left() + 9, cell.bottom() - 4, max(2, width), 3)
            painter.fillRect(bar, QColor(theme.current().accent))


class ClassTable(RowTable):
    """Table of classes; empty without a data set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Classes", parent)
        self._model = ClassModel(self)
        self._drawn: Dataset | None = None
        self.setModel(self._model)
        self._bars = ShareBar(self)
        self.setItemDelegateForColumn(0, self._bars)
        self.setSelectionMode(RowTable.SelectionMode.SingleSelection)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 16)
        self.columns = Columns(self, "classes", 0, {0: "class name"})
        self.setMinimumHeight(5 * self.verticalHeader().defaultSectionSize())

    def show_classes(self, dataset: Dataset | None) -> None:
        """Show the classes of a data set."""
        if dataset is self._drawn:
            return
        self._drawn = dataset
        self._model.show(dataset)
        self._bars.names.show([typography.one_line(name) for name in self._model.classes])
