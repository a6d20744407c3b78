"""Tree view in which the user checks the layers to freeze.

The check mark is drawn as an icon in ice blue: a style's own check box has neither that color nor, in every style, a
partially checked state. Space toggles the current row; Shift+Space freezes up to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QTreeView,
    QWidget,
)

from studio.events import LayerTable, OutputDrift
from studio.formatting.language import tr
from studio.session.plan.layer_rows import CutMarker, NewHead, Rates, ShownProof
from studio.session.plan.layer_sizes import LayerSizes
from studio.ui.stations.features.layers.layer_cells import CHECKED, COLUMNS, LAYER, PROOF, RATE
from studio.ui.stations.features.layers.layer_columns import LayerColumns
from studio.ui.stations.features.layers.layer_delegate import LayerDelegate, RowDelegate
from studio.ui.stations.features.layers.layer_model import HEAD, LayerModel
from studio.ui.system import responsiveness
from studio.ui.theme import theme
from studio.ui.widgets.enabling import ReasonMenu, allow
from studio.ui.widgets.tables.table_copy import make_copyable

Index = QModelIndex | QPersistentModelIndex
NARROW = 740
"""Width below which headings are shortened."""


class LayerTree(QTreeView):
    """Layers with check marks.

    Signals:
        tick_requested: Path, and True to freeze it or False to thaw it.
        until_requested: Path up to which everything should be frozen.
        layer_chosen: Path of the current row; "" for the head.
        rate_requested: Path, and its rate, or None to discard the one set by hand.
        call_requested: Path of a layer that runs several times in a pass, and the call to look at.
    """

    tick_requested = Signal(str, bool)
    until_requested = Signal(str)
    layer_chosen = Signal(str)
    rate_requested = Signal(str, object)
    call_requested = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer_model = LayerModel(self)
        self.setModel(self.layer_model)
        self.setItemDelegate(RowDelegate(self))
        own = LayerDelegate(self)
        for column in (LAYER, RATE, PROOF):
            self.setItemDelegateForColumn(column, own)
        self.setObjectName("layers")  # the key of the saved column widths
        self.setAccessibleName(tr("Layers of the backbone; checked layers are frozen"))
        self.setAccessibleDescription(tr("Space freezes or thaws a layer, F2 changes its learning rate."))
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setIndentation(14)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.customContextMenuRequested.connect(self._open_menu)
        self.layer_model.tick_requested.connect(self.tick_requested)
        self.layer_model.rate_requested.connect(self.rate_requested)
        self.layer_model.rowsMoved.connect(self._span_cut)
        self.selectionModel().currentRowChanged.connect(self._emit_current)
        self.columns = LayerColumns(self, self.layer_model)
        self.copying = make_copyable(self, self.columns.left_out)
        self.copy_formats = (QAction(tr("Copy table as CSV"), self), QAction(tr("Copy table as Markdown"), self))
        for action, copy in zip(self.copy_formats, (self.copying.copy_csv, self.copying.copy_markdown), strict=True):
            action.triggered.connect(copy)
        theme.when_changed(self._apply_theme)

    def show_table(self, table: LayerTable | None, frozen: Collection[str], head: NewHead, cut: CutMarker) -> None:
        """Show another network, expanded down to its blocks."""
        self.layer_model.show_table(table, frozen, head, cut)
        if table is None:
            return
        self._expand_blocks()
        self.columns.forget_widths()
        self.columns.fit()

    def show_plan(self, frozen: Collection[str], head: NewHead, cut: CutMarker) -> None:
        """Show another freeze plan; expanded rows and the current row stay."""
        self.layer_model.show_plan(frozen, head, cut)

    def show_sizes(self, sizes: LayerSizes) -> None:
        """Show the same layers at another image size or batch."""
        self.layer_model.show_sizes(sizes)
        self.columns.fit()

    def collapse_to_blocks(self) -> None:
        """Expand the network down to its blocks, as at first."""
        self.collapseAll()
        self._expand_blocks()

    def _expand_blocks(self) -> None:
        for index in self.layer_model.opened_at_first():
            self.expand(index)
        self._span_cut()

    def show_proof(self, shown: ShownProof) -> None:
        """Show a run's changes of the layers; their column is hidden while there are none."""
        self.layer_model.show_proof(shown)
        self.columns.fit()

    def show_drift(self, drift: OutputDrift | None) -> None:
        """Show how far a run moved the layers' outputs; their column is hidden while nothing is known."""
        cells = self.layer_model.cells
        if cells is not None and drift is not cells.drift:
            cells.drift = drift
            self.layer_model.repaint_all()
            self.columns.fit()

    def show_adapters(self, adapters: Mapping[str, int]) -> None:
        """Show the parameters of the adapters (LoRA) of the leaves that have one, by path."""
        self.layer_model.show_adapters(adapters)

    def show_rates(self, rates: Rates) -> None:
        """Show the learning rate of each thawed layer; hide the column while all are frozen."""
        self.layer_model.show_rates(rates)
        self.columns.fit()

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
            self.until_requested.emit(path)

    def toggle_current(self) -> None:
        """Request that the current row is frozen, or thawed where all of it is frozen."""
        if path := self.current_path():
            index = self.layer_model.index_of(path)
            frozen = index.data(Qt.ItemDataRole.CheckStateRole) is CHECKED
            self.tick_requested.emit(path, not frozen)

    def _freeze_current(self) -> None:
        if path := self.current_path():
            self.tick_requested.emit(path, True)

    def _thaw_current(self) -> None:
        if path := self.current_path():
            self.tick_requested.emit(path, False)

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
        menu.addAction(theme.icon("snowflake", theme.current().ice), tr("Freeze"), self._freeze_current)
        menu.addAction(theme.icon("fire", theme.current().warm), tr("Train this"), self._thaw_current)
        menu.addAction(tr("Freeze up to here\tShift+Space"), self.freeze_up_to_current)
        rate = menu.addAction(tr("Set learning rate…\tF2"), self.edit_rate)
        index = self.currentIndex().siblingAtColumn(RATE)
        editable = bool(self.layer_model.flags(index) & Qt.ItemFlag.ItemIsEditable)
        allow(rate, "" if editable else tr("A frozen layer has no learning rate."))
        self._add_calls(menu)
        menu.addSeparator()
        menu.addAction(tr("Expand all"), self._open_current)
        menu.addAction(tr("Copy layer path"), self._copy_path)
        self.copying.add_to(menu)
        menu.addActions(list(self.copy_formats))
        return menu

    def _add_calls(self, menu: QMenu) -> None:
        """Add the calls of the current layer, if it runs several times in a pass."""
        path, cells = self.current_path(), self.layer_model.cells
        if cells is None or (layer := cells.rows.layers[cells.rows.numbers[path]]).calls < 2:
            return
        chosen, calls = cells.sizes.calls.get(path, 1), menu.addMenu(tr("Call shown"))
        for call in range(1, layer.calls + 1):
            words = tr("Call {call} of {calls}").format(call=call, calls=layer.calls)
            action = calls.addAction(words, partial(self.call_requested.emit, path, call))
            action.setCheckable(True)
            action.setChecked(call == chosen)

    def _span_cut(self) -> None:
        """Span the cut's line over all columns and expand its parent."""
        index = self.layer_model.cut_index()
        above = index.parent()
        self.setFirstColumnSpanned(index.row(), above, True)
        while above.isValid():
            self.expand(above)
            above = above.parent()

    def widths(self) -> dict[str, int]:
        """Widths set by the user, by column."""
        return self.columns.widths()

    def restore(self, widths: Mapping[str, int]) -> None:
        """Apply saved widths; those of columns that no longer exist are ignored."""
        self.columns.restore(widths)

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
        self.columns.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Take the columns' own fonts from the new font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.layer_model.repaint_all()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint without giving way to other threads: Qt asks the model for some thousand things, one by one."""
        with responsiveness.uninterrupted():
            super().paintEvent(event)

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
