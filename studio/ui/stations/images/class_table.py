"""Table of the classes: photos per split, and a bar for each class's share. A model, so that 1,000 classes scroll."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from studio.events import Dataset
from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.part_words import PARTS
from studio.ui.theme import theme
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.distinct_names import NameDelegate
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.sort_menu import SortMenu

AnyIndex = QModelIndex | QPersistentModelIndex
SPLITS = {"train": tr("column|Train"), "val": tr("Val."), "test": tr("Test")}
ROOT = QModelIndex()


class ClassModel(QAbstractTableModel):
    """One row per class: name, one column per split, total."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.classes: tuple[str, ...] = ()
        self.splits: list[str] = []
        self.counts: dict[str, list[int]] = {}
        self.totals: list[int] = []
        self.labels: list[int] = []
        self._sorted: tuple[int, Qt.SortOrder] | None = None

    def show(self, dataset: Dataset | None) -> None:
        """Replace the rows by the classes of `dataset`."""
        self.beginResetModel()
        self.classes = dataset.classes if dataset is not None else ()
        self.counts = dataset.counts() if dataset is not None else {}
        self.splits = [] if dataset is None or dataset.split_pending else list(self.counts)
        self.totals = [sum(row) for row in zip(*self.counts.values(), strict=True)] or [0] * len(self.classes)
        self.labels = self._order()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 restores the order of the classes."""
        self._sorted = (column, order) if 0 <= column < self.columnCount() else None
        self.layoutAboutToBeChanged.emit()
        before, self.labels = self.labels, self._order()
        rows = {label: row for row, label in enumerate(self.labels)}
        for index in self.persistentIndexList():
            self.changePersistentIndex(index, self.index(rows[before[index.row()]], index.column()))
        self.layoutChanged.emit()

    def _order(self) -> list[int]:
        """Classes by their index, in the order of the rows."""
        labels = list(range(len(self.classes)))
        column, order = self._sorted or (-1, Qt.SortOrder.AscendingOrder)
        if 0 <= column < self.columnCount():
            labels.sort(key=lambda label: self._value(label, column), reverse=order == Qt.SortOrder.DescendingOrder)
        return labels

    def _value(self, label: int, column: int) -> Any:
        if column == 0:
            return self.classes[label].casefold()
        return self.counts[self.splits[column - 1]][label] if column <= len(self.splits) else self.totals[label]

    def share(self, row: int) -> float:
        """Photos of a class as a share of those of the largest class."""
        return self.totals[self.labels[row]] / max(1, max(self.totals))

    def longest(self, column: int) -> str:
        """The largest number of a column; "" for the names."""
        if not column or not self.classes:
            return ""
        return numbers.exact(max(self.counts[self.splits[column - 1]] if column <= len(self.splits) else self.totals))

    def _text(self, row: int, column: int) -> str:
        label = self.labels[row]
        return numbers.exact(self._value(label, column)) if column else typography.one_line(self.classes[label])

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
            label = self.labels[index.row()]
            parts = [f"{self.counts[name][label]} {PARTS[name]}" for name in self.splits]
            return typography.tip(f"{typography.one_line(self.classes[label])}: {', '.join(parts)}")
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return [tr("Class"), *(SPLITS[name] for name in self.splits), tr("Photos")][section]
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
    """Table of classes; empty without a data set. Selected classes filter the photos.

    Signals:
        labels_changed: Selected classes, a frozenset of their indices.
    """

    labels_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Classes"), parent)
        self.setAccessibleDescription(tr("Photos of the selected classes are shown; Esc shows all."))
        self._model = ClassModel(self)
        self._drawn: Dataset | None = None
        self.setModel(self._model)
        self._bars = ShareBar(self)
        self.setItemDelegateForColumn(0, self._bars)
        self.setSelectionMode(RowTable.SelectionMode.ExtendedSelection)
        self.selectionModel().selectionChanged.connect(self._selection_moved)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 16)
        self.columns = Columns(self, "classes", 0, {0: tr("class name")}, self._model.longest)
        self.hold_rows(2)
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        SortMenu(self, tr("Order of the classes"), self._sort)

    def sizeHint(self) -> QSize:
        """Height of the reserved rows; the layout gives the table what is left, and the table scrolls."""
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def hold_rows(self, rows: int) -> None:
        """Reserve the height of this many classes."""
        self.setMinimumHeight((rows + 1) * self.verticalHeader().defaultSectionSize())

    def show_classes(self, dataset: Dataset | None) -> None:
        """Show the classes of a data set; the same classes stay selected."""
        if dataset is self._drawn:
            return
        same = dataset is not None and dataset.classes == self._model.classes
        selected = self.labels() if same else frozenset()
        self._drawn = dataset
        self._model.show(dataset)
        self._bars.names.show([typography.one_line(name) for name in self._model.classes])
        self.show_selected(selected)

    def labels(self) -> frozenset[int]:
        """Selected classes by their index."""
        return frozenset(self._model.labels[index.row()] for index in self.selectionModel().selectedRows())

    def show_selected(self, labels: frozenset[int]) -> None:
        """Select these classes, as another control asks for it."""
        if labels == self.labels():
            return
        chosen = QItemSelection()
        for row, label in enumerate(self._model.labels):
            if label in labels:
                chosen.select(self._model.index(row, 0), self._model.index(row, self._model.columnCount() - 1))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the only selected class shows all classes again."""
        index = self.indexAt(event.position().toPoint())
        again = index.isValid() and self.labels() == {self._model.labels[index.row()]} and not event.modifiers()
        super().mousePressEvent(event)
        if again and event.button() == Qt.MouseButton.LeftButton:
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc shows all classes again."""
        if event.key() == Qt.Key.Key_Escape and self.labels():
            self.clearSelection()
            return
        super().keyPressEvent(event)

    def _selection_moved(self) -> None:
        self.labels_changed.emit(self.labels())

    def _sort(self, column: int) -> None:
        """Sort by a column: counts descending, names ascending; then reversed; then, and for -1, in the own order."""
        header, first = self.horizontalHeader(), Qt.SortOrder.DescendingOrder if column else Qt.SortOrder.AscendingOrder
        second = Qt.SortOrder.AscendingOrder if column else Qt.SortOrder.DescendingOrder
        shown = header.isSortIndicatorShown() and header.sortIndicatorSection() == column
        if column < 0 or (shown and header.sortIndicatorOrder() == second):
            header.setSortIndicatorShown(False)
            self._model.sort(-1)
            return
        order = second if shown else first
        header.setSortIndicatorShown(True)
        header.setSortIndicator(column, order)
        self._model.sort(column, order)
