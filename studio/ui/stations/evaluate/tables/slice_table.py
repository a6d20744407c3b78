"""Table of slices: parts of the photos with their accuracy, or mean error, and its interval, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr
from studio.session.evaluation.slice_rows import SliceRow
from studio.ui.theme import theme
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.read_only_table import RowTable
from studio.ui.widgets.tables.sort_menu import SortMenu
from studio.ui.widgets.tables.table_copy import COPY_ROLE

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
COLUMNS = (tr("Slice"), tr("Photos"), tr("Right"), tr("Accuracy"), tr("95 % interval"))
RIGHT, VALUE, INTERVAL = 2, 3, 4
SORT, ROW = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class SliceModel(QAbstractTableModel):
    """Slices, the worst first.

    Attributes:
        overall: Accuracy, or mean error, of all photos.
        axis: Ends of the axis of the intervals.
        numeric: True in regression.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[SliceRow] = ()
        self.overall, self.axis, self.numeric = 0.0, (0.0, 1.0), False

    def show(self, rows: Sequence[SliceRow], overall: float, numeric: bool = False) -> None:
        """Show these slices."""
        self.beginResetModel()
        self._rows, self.overall, self.numeric = rows, overall, numeric
        if numeric:
            ends = (row.value if row.few else row.high for row in rows)  # those of few photos may be far away
            self.axis = (0.0, max((overall, *ends)) or 1.0)
        else:
            self.axis = (min((int(row.low * 10) / 10 for row in rows), default=0.0), 1.0)
        self.endResetModel()

    def longest(self, column: int) -> str:
        """The longest number of a column; "" for names and intervals."""
        if column in (0, INTERVAL) or not self._rows:
            return ""
        return max((self._numbers(row)[column - 1] for row in self._rows), key=len)

    def _numbers(self, row: SliceRow) -> tuple[str, str, str]:
        return numbers.exact(row.photos), numbers.exact(row.right), row.text(row.value)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of slices."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Name, photos, right ones, accuracy, interval."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts and numbers of a cell; the interval is painted and read aloud."""
        row, column = self._rows[index.row()], index.column()
        ends = f"{row.text(row.low)} – {row.text(row.high)}"
        match role:
            case Qt.ItemDataRole.DisplayRole if column != INTERVAL:
                return (typography.one_line(row.words), *self._numbers(row))[column]
            case Qt.ItemDataRole.AccessibleTextRole if column == INTERVAL:
                return ends
            case Qt.ItemDataRole.ToolTipRole:
                few = "\n" + tr("So few photos say little.") if row.few else ""
                photos = counted(row.photos, "photo")
                right = tr("{right} of {photos} right").format(right=numbers.exact(row.right), photos=photos)
                right = (
                    tr("Mean error {text} of {photos}").format(text=row.text(row.value), photos=photos)
                    if row.numeric
                    else right
                )
                return typography.tip(
                    tr("{words}\n{right}, 95 % interval {ends}{few}").format(
                        words=typography.one_line(row.words), right=right, ends=ends, few=few
                    )
                )
            case Qt.ItemDataRole.ForegroundRole if row.few:
                return QColor(theme.current().muted)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if 0 < column < INTERVAL else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case _ if role == SORT:
                return (row.words, row.photos, row.right, row.value, row.low)[column]
            case _ if role == COPY_ROLE:
                return (row.words, row.photos, row.right, row.value, f"{row.low:.4f} to {row.high:.4f}")[column]
            case _ if role == ROW:
                return row
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr("Mean error") if self.numeric and section == VALUE else COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == INTERVAL:
            if self.numeric:
                return tr("Interval of the mean error; the line is the mean error of all photos")
            return tr("Wilson interval of the accuracy; the line is the accuracy of all photos")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if 0 < section < INTERVAL else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class IntervalDelegate(QStyledItemDelegate):
    """Draws an interval as a bar, the accuracy in it, and that of all photos as a tick, on one axis for all rows."""

    def __init__(self, model: SliceModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the interval of a row."""
        super().paint(painter, option, index)
        row, shades = index.data(ROW), theme.current()
        if not isinstance(row, SliceRow):
            return
        room = QRectF(option.rect).adjusted(8, 0, -8, 0)
        middle, (least, most) = room.center().y(), self._model.axis

        def place(value: float) -> float:
            return room.left() + min((value - least) / max(most - least, 1e-9), 1.0) * room.width()

        color = QColor(shades.faint if row.few else shades.accent)
        soft = QColor(color)
        soft.setAlphaF(0.4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(shades.border), 1))
        painter.drawLine(QPointF(room.left(), middle), QPointF(room.right(), middle))
        left, right = place(row.low), place(row.high)
        painter.fillRect(QRectF(left, middle - 3, max(3.0, right - left), 6), soft)
        painter.fillRect(QRectF(place(self._model.overall) - 0.75, middle - 8, 1.5, 16), QColor(shades.text))
        painter.fillRect(QRectF(place(row.value) - 2, middle - 5, 4, 10), color)
        painter.restore()


class SliceTable(RowTable):
    """The view of the slices.

    Signals:
        slice_chosen: The `SliceRow` clicked or opened by key.
    """

    slice_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Slices, the worst first"), parent)
        self.setAccessibleDescription(tr("A click, or Enter, shows the photos of a slice"))
        self.slices = SliceModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.slices)
        self._sorted.setSortRole(SORT)
        self.setModel(self._sorted)
        self.setSelectionMode(RowTable.SelectionMode.SingleSelection)
        self.setItemDelegateForColumn(INTERVAL, IntervalDelegate(self.slices, self))
        self.verticalHeader().setDefaultSectionSize(max(24, self.fontMetrics().height() + 8))
        header = self.horizontalHeader()
        samples = {0: tr("Brightness 0.12 to 0.34"), INTERVAL: "interval"}
        self.columns = Columns(self, "slices", 0, samples, self.slices.longest)
        self.columns.let_choose()
        self.columns.on_spread = self._show_columns
        SortMenu(self, tr("Worst first"))
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.clicked.connect(self._choose)
        theme.when_changed(self.viewport().update)

    def show_slices(self, rows: Sequence[SliceRow], overall: float, numeric: bool = False) -> None:
        """Show these slices."""
        self.slices.show(rows, overall, numeric)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the photos of the current slice on Enter and Space."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _show_columns(self) -> None:
        """Numbers are not right or wrong; the columns that the user chose are applied after this."""
        self.setColumnHidden(RIGHT, self.slices.numeric)

    def _choose(self, index: QModelIndex) -> None:
        self.slice_chosen.emit(index.data(ROW))
