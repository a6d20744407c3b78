"""Tree view in which the user checks the layers to freeze.

The check mark is drawn as an icon in ice blue: a style's own check box has neither that color nor, in every style, a
partially checked state. Space toggles the current row; Shift+Space freezes up to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from studio.events import LayerTable
from studio.session.plan.layer_rows import CutMarker, NewHead, Rates, Shown
from studio.ui.stations.features.layer_cells import (
    CHECKED,
    COLUMNS,
    LAYER,
    MEMORY,
    NUMBERS,
    PARAMETERS,
    PROOF,
    RATE,
    STATE,
    TRAINABLE,
    TYPE,
    UNCHECKED,
    LayerCells,
)
from studio.ui.stations.features.layer_model import CUT, HEAD, LayerModel
from studio.ui.stations.features.rate_editor import RateEditor
from studio.ui.theme import theme
from studio.ui.widgets.enabling import ReasonMenu, allow

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 28
NARROW = 740
"""Width below which headings are shortened."""

PRECISION = 40
"""Rows that a column's width is measured by, besides the visible ones."""

SPARE = 4
"""How far an editor may extend over the rows above and below."""

ICON_ROOM = 36
"""Width of a cell's icon and margins."""

USUAL_TYPE = "BatchNorm2d"
"""A type that must be readable before other columns may grow."""


class LayerDelegate(QStyledItemDelegate):
    """Draws the cut as a dashed line, and turns clicks on a check mark into requests."""

    def _tick_rect(self, option: QStyleOptionViewItem, index: Index) -> QRect:
        styled = QStyleOptionViewItem(option)
        self.initStyleOption(styled, index)
        style = _widget(styled).style()
        box = style.subElementRect(QStyle.SubElement.SE_ItemViewItemDecoration, styled, styled.widget)
        return box.adjusted(-4, -4, 4, 4)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Leave out the style's own check box."""
        super().initStyleOption(option, index)
        if index.column() == LAYER:  # the icon shows the check mark: the style's own box would be a second one
            option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        if (
            index.column() == PROOF
            and option.fontMetrics.horizontalAdvance(option.text) > option.rect.width() - ICON_ROOM
        ):
            option.text = option.text.partition(" (")[0]  # the tooltip has the part in brackets

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the cut by hand, every other row in the usual way."""
        model = index.model()
        if not isinstance(model, LayerModel) or model.row_of(index) != CUT:
            super().paint(painter, option, index)
            return
        rect: QRect = option.rect
        ice = QColor(theme.current().ice)
        painter.save()
        theme.icon("snowflake", ice.name()).paint(painter, QRect(rect.left() + 6, rect.center().y() - 7, 16, 16))
        painter.setPen(ice)
        text = rect.adjusted(28, 0, -8, -2)
        sides = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            text, sides, painter.fontMetrics().elidedText(model.cut.words, Qt.TextElideMode.ElideRight, text.width())
        )
        painter.setPen(QPen(ice, 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        painter.restore()

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """Request the other state on a click on the check mark."""
        clicks = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
        if index.column() != LAYER or event.type() not in clicks or not isinstance(event, QMouseEvent):
            return False
        if not model.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            return False
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        if not self._tick_rect(option, index).contains(event.position().toPoint()):
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            state = UNCHECKED if index.data(Qt.ItemDataRole.CheckStateRole) is CHECKED else CHECKED
            model.setData(index, state, Qt.ItemDataRole.CheckStateRole)
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: ARG002
        """A text field for a rate."""
        return RateEditor(str(index.data()), parent)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: ARG002
        """Cover the cell, and as much to its left and right as the number needs."""
        rect, needed = QRect(option.rect), editor.sizeHint()
        if needed.width() > rect.width():
            rect.setLeft(rect.right() + 1 - needed.width())
            rect.moveLeft(max(0, rect.left()))
        rect.setHeight(max(rect.height(), min(needed.height(), rect.height() + 2 * SPARE)))
        rect.moveCenter(QPoint(rect.center().x(), option.rect.center().y()))
        editor.setGeometry(rect)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the rate set by hand; empty where there is none."""
        if isinstance(editor, RateEditor):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Request a valid rate; ignore any other input."""
        if isinstance(editor, RateEditor) and editor.hasAcceptableInput() and editor.isModified():
            model.setData(index, editor.rate(), Qt.ItemDataRole.EditRole)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> Any:
        """Comfortable row height."""
        size = super().sizeHint(option, index)
        size.setHeight(max(ROW_HEIGHT, size.height()))
        return size


class LayerTree(QTreeView):
    """Layers with check marks.

    Signals:
        tick_wanted: Path, and True to freeze it or False to thaw it.
        until_wanted: Path up to which everything should be frozen.
        layer_chosen: Path of the current row; "" for the head.
        rate_wanted: Path, and its rate, or None to discard the one set by hand.
    """

    tick_wanted = Signal(str, bool)
    until_wanted = Signal(str)
    layer_chosen = Signal(str)
    rate_wanted = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer_model = LayerModel(self)
        self.setModel(self.layer_model)
        self.setItemDelegate(LayerDelegate(self))
        self.setObjectName("layers")  # the key of the saved column widths
        self.setAccessibleName("Layers of the backbone; checked layers are frozen")
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setIndentation(14)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.customContextMenuRequested.connect(self._open_menu)
        self.layer_model.tick_wanted.connect(self.tick_wanted)
        self.layer_model.rate_wanted.connect(self.rate_wanted)
        self.layer_model.rowsMoved.connect(self._span_cut)
        self.selectionModel().currentRowChanged.connect(self._emit_current)
        # Before any column is hidden: with a stretched last section Qt reserves the width of a hidden one.
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.header().setMinimumSectionSize(48)
        self.header().sectionResized.connect(self._resized)
        self.header().sectionHandleDoubleClicked.connect(self._forget)
        self.by_hand: dict[int, int] = {}
        self._fitting = False
        self._columns_for: tuple[object, ...] = ()
        theme.when_changed(self._apply_theme)

    def show_table(self, table: LayerTable | None, frozen: Collection[str], head: NewHead, cut: CutMarker) -> None:
        """Show another network, expanded down to its blocks."""
        self.layer_model.show_table(table, frozen, head, cut)
        if table is None:
            return
        for index in self.layer_model.opened_at_first():
            self.expand(index)
        self._span_cut()
        self._show_columns()

    def show_plan(self, frozen: Collection[str], head: NewHead, cut: CutMarker) -> None:
        """Show another freeze plan; expanded rows and the current row stay."""
        self.layer_model.show_plan(frozen, head, cut)

    def show_proof(self, shown: Shown) -> None:
        """Show a run's changes of the layers; their column is hidden while there are none."""
        self.layer_model.show_proof(shown)
        self._show_columns()

    def show_rates(self, rates: Rates) -> None:
        """Show the learning rate of each thawed layer; hide the column while all are frozen."""
        self.layer_model.show_rates(rates)
        self._show_columns()

    def edit_rate(self) -> None:
        """Open the editor for the rate of the current row."""
        index = self.currentIndex().siblingAtColumn(RATE)
        if index.isValid() and self.layer_model.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.scrollTo(index)
            self.edit(index)

    def choose(self, path: str) -> None:
        """Make the layer called `path` the current row."""
        index = self.layer_model.index_of(path)
        if index.isValid():
            self.setCurrentIndex(index)

    def current_path(self) -> str:
        """Path of the current row; "" where there is none or it is the head."""
        return self.layer_model.path(self.currentIndex())

    def head_is_current(self) -> bool:
        """True where the new last layer is the current row."""
        return self.currentIndex().isValid() and self.layer_model.row_of(self.currentIndex()) == HEAD

    def freeze_up_to_current(self) -> None:
        """Request that everything up to the current row is frozen."""
        if path := self.current_path():
            self.until_wanted.emit(path)

    def toggle_current(self) -> None:
        """Request that the current row is frozen, or thawed where all of it is frozen."""
        if path := self.current_path():
            index = self.layer_model.index_of(path)
            frozen = index.data(Qt.ItemDataRole.CheckStateRole) is CHECKED
            self.tick_wanted.emit(path, not frozen)

    def _freeze_current(self) -> None:
        if path := self.current_path():
            self.tick_wanted.emit(path, True)

    def _thaw_current(self) -> None:
        if path := self.current_path():
            self.tick_wanted.emit(path, False)

    def _copy_path(self) -> None:
        QGuiApplication.clipboard().setText(self.current_path())

    def _open_current(self) -> None:
        self.expandRecursively(self.currentIndex().siblingAtColumn(0))

    def _open_menu(self, place: QPoint) -> None:
        if not self.current_path():
            return
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(place))

    def menu(self) -> QMenu:
        """The context menu of the current row."""
        menu = ReasonMenu(self)
        menu.addAction(theme.icon("snowflake", theme.current().ice), "Freeze", self._freeze_current)
        menu.addAction(theme.icon("fire", theme.current().warm), "Train this", self._thaw_current)
        menu.addAction("Freeze up to here\tShift+Space", self.freeze_up_to_current)
        rate = menu.addAction("Set learning rate…\tF2", self.edit_rate)
        index = self.currentIndex().siblingAtColumn(RATE)
        editable = bool(self.layer_model.flags(index) & Qt.ItemFlag.ItemIsEditable)
        allow(rate, "" if editable else "A frozen layer has no learning rate.")
        menu.addSeparator()
        menu.addAction("Expand all", self._open_current)
        menu.addAction("Copy layer path", self._copy_path)
        return menu

    def _span_cut(self) -> None:
        """Span the cut's line over all columns and expand its parent."""
        index = self.layer_model.cut_index()
        above = index.parent()
        self.setFirstColumnSpanned(index.row(), above, True)
        while above.isValid():
            self.expand(above)
            above = above.parent()

    def _show_columns(self) -> None:
        """Show the columns that have content; a narrow tree leaves out what the inspector shows as well."""
        cells, room = self.layer_model.cells, self.viewport().width()
        if cells is None:
            return
        key = (cells, bool(cells.rates.of), bool(cells.shown.changes), room, cells.rates)
        if key == self._columns_for:
            return
        self._columns_for = key
        self._fitting = True
        least = self.fontMetrics().horizontalAdvance(USUAL_TYPE) + 24
        for column, away in (
            (RATE, not key[1]),
            (PROOF, not key[2]),
            (MEMORY, False),
            (TRAINABLE, False),
            (PARAMETERS, False),
        ):
            self.setColumnHidden(column, away)
        self._fit_columns()
        for spare in (MEMORY, TRAINABLE, PARAMETERS):
            if self._others() + least > room:
                self.setColumnHidden(spare, True)
        self.setColumnHidden(TYPE, False)
        narrowest = self.fontMetrics().horizontalAdvance("9.9e-01") + 50
        lacking = self._others() + least - room
        if lacking > 0 and not self.isColumnHidden(PROOF) and TYPE not in self.by_hand:
            self.setColumnHidden(TYPE, True)  # the inspector shows the type
            self.setColumnWidth(PROOF, max(narrowest, self.columnWidth(PROOF) - max(0, lacking - least)))
            self.setColumnWidth(PROOF, self.columnWidth(PROOF) + max(0, room - self._others()))
        for column, width in self.by_hand.items():
            self.setColumnWidth(column, width)
        if TYPE not in self.by_hand:
            self.setColumnWidth(TYPE, max(least, room - self._others()))
        self._fitting = False

    def _resized(self, column: int, _old: int, new: int) -> None:
        """Keep the width of a column that the user dragged."""
        if not self._fitting and QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self.by_hand[column] = new

    def widths(self) -> dict[str, int]:
        """Widths set by the user, by column."""
        return {str(column): width for column, width in self.by_hand.items()}

    def restore(self, widths: Mapping[str, int]) -> None:
        """Apply saved widths; those of columns that no longer exist are ignored."""
        places = {column: width for column, width in widths.items() if column.isdigit() and width > 0}
        self.by_hand = {int(column): width for column, width in places.items() if int(column) < len(COLUMNS)}
        self._columns_for = ()
        self._show_columns()

    def _forget(self, column: int) -> None:
        """Restore a column's default width after a double click on its border."""
        self.by_hand.pop(column, None)
        self._columns_for = ()
        self._show_columns()

    def _others(self) -> int:
        """Width of all columns but the one that takes the remaining space."""
        return sum(self.columnWidth(column) for column in range(len(COLUMNS)) if column != TYPE)

    def _fit_columns(self) -> None:
        for column in (LAYER, *NUMBERS):  # the widths of the other columns do not depend on the rows
            if not self.isColumnHidden(column):
                self.resizeColumnToContents(column)
        self.setColumnWidth(LAYER, max(116, min(self.columnWidth(LAYER), 240)))
        cells = self.layer_model.cells
        if cells is not None and not self.isColumnHidden(RATE):
            self.setColumnWidth(RATE, max(self.columnWidth(RATE), self._longest_rate(cells)))
        words = self.fontMetrics().horizontalAdvance
        self.setColumnWidth(STATE, words("part frozen") + 44)
        self.setColumnWidth(PROOF, words("unchanged (hash equal)") + 50)
        if self._others() + words(USUAL_TYPE) + 24 > self.viewport().width():
            self.setColumnWidth(PROOF, words("up to 9.9e-01 (relative)") + 50)  # the tooltip has the rest

    def _longest_rate(self, cells: LayerCells) -> int:
        """Width of the widest rate, visible or not; one set by hand has a pencil before it."""
        texts = {(cells.rate_words(row), cells.by_hand(row)) for row in range(len(cells.rows.layers))}
        words = self.fontMetrics().horizontalAdvance
        return max((words(text) + (ICON_ROOM + 4 if by_hand else 16) for text, by_hand in texts), default=0)

    def _emit_current(self, current: QModelIndex) -> None:
        self.layer_chosen.emit(self.layer_model.path(current))

    def _apply_theme(self) -> None:
        self.layer_model.repaint_all()
        self.viewport().update()

    # ------------------------------------------------------------------------------------------ Qt's overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use shorter headings in a narrow tree."""
        super().resizeEvent(event)
        if self.layer_model.narrow != (event.size().width() < NARROW):
            self.layer_model.narrow = not self.layer_model.narrow
            self.layer_model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._show_columns()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Repaint the visible rows; Qt would look up the position of every changed row, which takes much longer."""
        if self.state() is QAbstractItemView.State.EditingState:
            super().dataChanged(first, last, roles)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Space (freeze the current row), Shift+Space (everything up to it) and F2 (edit its rate)."""
        if event.key() == Qt.Key.Key_F2:
            self.edit_rate()
            return
        if event.key() == Qt.Key.Key_Space:
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.freeze_up_to_current() if shifted else self.toggle_current()
            return
        super().keyPressEvent(event)


def _widget(option: QStyleOptionViewItem) -> QWidget:
    widget: QWidget = option.widget
    return widget
