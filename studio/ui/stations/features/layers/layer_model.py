"""Qt model of the layer table: a tree with the cut and the new head as extra rows; rows are created on demand.

`setData` changes nothing itself: it emits a request, and the new plan arrives through `show_plan`. A little longer than
other files, because Qt asks one model for the shape of the tree and for every cell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from studio.events import LayerTable
from studio.formatting.language import tr
from studio.session.plan.layer_rows import CutMarker, NewHead, Rates, ShownProof
from studio.session.plan.layer_sizes import LayerSizes
from studio.ui.stations.features.layers import layer_headings
from studio.ui.stations.features.layers.layer_cells import (
    COLUMNS,
    LAYER,
    MEMORY,
    NUMBERS,
    PROOF,
    RATE,
    SHAPES,
    STATE,
    TRAINABLE,
    UNCHECKED,
    LayerCells,
)
from studio.ui.theme import theme
from studio.ui.widgets.tables.table_copy import COPY_ROLE

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
CUT, HEAD = -2, -1
"""Row numbers of the two rows that are not in the layer table."""

# Combined once, because flags are combined in Python, for each role of each painted cell.
USUAL = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
EDITABLE, CHECKABLE = USUAL | Qt.ItemFlag.ItemIsEditable, USUAL | Qt.ItemFlag.ItemIsUserCheckable
ROLES = Qt.ItemDataRole
PROVIDED = frozenset(
    map(
        int,
        (
            ROLES.DisplayRole,
            ROLES.DecorationRole,
            ROLES.EditRole,
            ROLES.ToolTipRole,
            ROLES.FontRole,
            ROLES.TextAlignmentRole,
            ROLES.ForegroundRole,
            ROLES.CheckStateRole,
            COPY_ROLE,
        ),
    )
)
FLAGS = -1
"""Stands for the flags of a cell among the numbers of its roles."""
ALIGNMENTS = tuple(
    (Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
    for column in range(len(COLUMNS))
)


class LayerModel(QAbstractItemModel):
    """Rows of a network: its layers, the cut between two of them, and the new head at the end.

    Signals:
        tick_requested: Path of a layer, and True to freeze it or False to thaw it.
        rate_requested: Path of a layer, and its learning rate, or None to discard the one set by hand.
    """

    tick_requested = Signal(str, bool)
    rate_requested = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cells: LayerCells | None = None
        self.cut = CutMarker()
        self.narrow = False
        # A view asks for these at every paint of every cell, by the identifier of an index: a row number plus 1, or
        # one of `CUT` or `HEAD` plus the number of rows; 0 for the invalid index of the root.
        self._numbers: dict[int, int] = {}
        self._children: dict[int, list[int]] = {}
        self._places: dict[int, tuple[int, int]] = {}
        self._known: dict[tuple[int, int, int], Any] = {}

    # ------------------------------------------------------------------------------------------ what is shown

    def show_table(self, table: LayerTable | None, frozen: Collection[str], head: NewHead, cut: CutMarker) -> None:
        """Show another network."""
        self.beginResetModel()
        self.cells = LayerCells(table, frozen, head) if table is not None else None
        self.cut = cut
        self._known.clear()
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        """Note the children of each row, and the place and parent of each, by identifier."""
        self._numbers, self._children, self._places = {}, {0: []}, {}
        if self.cells is None:
            return
        rows = self.cells.rows
        count = len(rows.layers)
        self._numbers = {row + 1: row for row in range(count)} | {count + 1: CUT, count + 2: HEAD}
        self._children = {row + 1: [child + 1 for child in rows.children[row]] for row in range(count)}
        self._children[0] = [row + 1 for row in rows.top] + [count + 2]
        above, place = rows.place_of(self.cut)
        self._children[above + 1].insert(place, count + 1)
        self._places = {
            child: (number, parent)
            for parent, children in self._children.items()
            for number, child in enumerate(children)
        }

    def show_plan(self, frozen: Collection[str], head: NewHead, cut: CutMarker) -> None:
        """Show another freeze plan for the same network."""
        if self.cells is None:
            return
        self.cells.plan(frozen, head)
        self._move_cut(cut)
        self.cut = cut
        self.repaint_all()

    def show_sizes(self, sizes: LayerSizes) -> None:
        """Show the same layers at another image size or batch."""
        if self.cells is not None and self.cells.sizes != sizes:
            self.cells.resize(sizes)
            self.repaint_all()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, MEMORY, MEMORY)

    def _move_cut(self, cut: CutMarker) -> None:
        assert self.cells is not None
        (above, source), (below, target) = self.cells.rows.place_of(self.cut), self.cells.rows.place_of(cut)
        if (above, source) == (below, target):
            return
        # Qt expects the target row as counted before the move.
        place = target + int(above == below and target > source)
        self.beginMoveRows(self._parent_index(above), source, source, self._parent_index(below), place)
        self.cut = cut
        self._arrange()
        self.endMoveRows()

    def show_proof(self, shown: ShownProof) -> None:
        """Show a run's changes of the layers."""
        if self.cells is not None and shown != self.cells.shown:
            turned = shown.stale != self.cells.shown.stale
            self.cells.prove(shown)
            self.repaint_all()
            if turned:
                self.headerDataChanged.emit(Qt.Orientation.Horizontal, PROOF, PROOF)

    def show_rates(self, rates: Rates) -> None:
        """Show the learning rate of each thawed layer."""
        if self.cells is not None and rates != self.cells.rates:
            self.cells.rate(rates)
            self.repaint_all()

    def show_adapters(self, adapters: Mapping[str, int]) -> None:
        """Show adapters (LoRA): their parameters, by the path of their layer."""
        if self.cells is not None and adapters != self.cells.adapters:
            self.cells.adapt(adapters)
            self.repaint_all()

    def repaint_all(self) -> None:
        """Mark every cell as changed."""
        if self.cells is None:
            return
        self.cells.forget_icons()
        self._known.clear()
        # One signal, not one for each parent: the tree repaints all that it shows.
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(COLUMNS) - 1))

    def font_of(self, column: int) -> QFont | None:
        """Font of a column; None for the tree's own."""
        return theme.mono(theme.scaled(0.9).pointSizeF()) if column in SHAPES else None

    # ------------------------------------------------------------------------------------------ rows and indexes

    def row_of(self, index: Index) -> int:
        """Row of the layer table, or `CUT` or `HEAD`."""
        return self._numbers.get(index.internalId(), CUT)

    def path(self, index: Index) -> str:
        """Module path of a layer's row; "" for the cut and the head."""
        row = self.row_of(index)
        return self.cells.rows.layers[row].path if self.cells is not None and row >= 0 else ""

    def index_of(self, path: str) -> QModelIndex:
        """Index of the layer called `path`; invalid where there is none."""
        if self.cells is None or path not in self.cells.rows.numbers:
            return QModelIndex()
        return self.index_of_row(self.cells.rows.numbers[path])

    def index_of_row(self, row: int) -> QModelIndex:
        """Index of a row of the layer table."""
        return self._index_of(row + 1)

    def cut_index(self) -> QModelIndex:
        """Index of the cut; invalid where no network is shown."""
        return self._index_of(len(self.cells.rows.layers) + 1) if self.cells is not None else QModelIndex()

    def _index_of(self, identifier: int) -> QModelIndex:
        return self.createIndex(self._places[identifier][0], 0, identifier)

    def _parent_index(self, row: int) -> QModelIndex:
        return self.index_of_row(row) if row >= 0 else QModelIndex()

    def opened_at_first(self) -> list[QModelIndex]:
        """Rows to expand so that the tree shows the network's blocks."""
        return [self.index_of_row(row) for row in self.cells.rows.opened_at_first()] if self.cells is not None else []

    # ------------------------------------------------------------------------------------------ cells

    def text(self, row: int, column: int) -> str:
        """Text of a cell of a row of the layer table, of `CUT` or of `HEAD`."""
        assert self.cells is not None
        if row == CUT:
            return self.cut.words if column == LAYER else ""
        return self.cells.head_words(column) if row == HEAD else self.cells.words(row, column)

    def _color(self, row: int, column: int) -> QColor | None:
        assert self.cells is not None
        if row == CUT:
            return QColor(theme.current().ice)
        if row == HEAD:
            return QColor(theme.current().warm) if column in (TRAINABLE, STATE) else None
        return self.cells.color(row, column)

    def _tip(self, row: int, column: int) -> str:
        assert self.cells is not None
        if row == CUT:
            return tr("Layers above this line are computed once per photo; layers below it run in every epoch.")
        if row == HEAD:
            if column == RATE:
                return tr("The head's learning rate, before the schedule; set it on the Head page.")
            return tr("The new last layer always trains.")
        layer = self.cells.rows.layers[row]
        path = layer.path
        if column == PROOF and (text := self.cells.proof_tip(row)):
            return text
        if column == RATE:
            if not self.cells.learns(row):
                return self.cells.no_rate(row)
            source = (
                tr("Set by hand")
                if self.cells.by_hand(row)
                else tr("From the backbone's rate and the layer-wise decay")
            )
            return tr("{path}: {rate_words}\n{source}. F2 or a double click sets it for all of {path}.").format(
                path=path, rate_words=self.cells.rate_words(row), source=source
            )
        if layer.calls > 1:
            several = tr("{path} runs {calls} times in a pass. Its menu has the call whose shapes are shown.")
            path = several.format(path=path, calls=layer.calls)
        return f"{path}\n" + tr("Space freezes or thaws it; Shift+Space freezes everything up to here.")

    # ------------------------------------------------------------------------------------------ Qt's overrides

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        """Index of a cell."""
        siblings = self._children.get(parent.internalId(), ()) if parent.column() <= 0 else ()
        if not 0 <= row < len(siblings) or not 0 <= column < len(COLUMNS):
            return QModelIndex()
        return self.createIndex(row, column, siblings[row])

    def parent(self, index: Index = ROOT) -> QModelIndex:  # type: ignore[override]
        """Index of the parent row."""
        _, above = self._places.get(index.internalId(), (0, 0))
        return self._index_of(above) if above else QModelIndex()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Number of child rows."""
        return len(self._children.get(parent.internalId(), ())) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: ARG002
        """The same number of columns for every row."""
        return len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Flags of a cell: the cut can be neither selected nor checked."""
        key = (index.internalId(), index.column(), FLAGS)
        if key not in self._known:
            self._known[key] = self._flags_of(self.row_of(index), index.column())
        flags: Qt.ItemFlag = self._known[key]
        return flags

    def _flags_of(self, row: int, column: int) -> Qt.ItemFlag:
        if row == CUT:
            return Qt.ItemFlag.NoItemFlags
        if column == RATE and row != HEAD and self.cells is not None and self.cells.learns(row):
            return EDITABLE
        return CHECKABLE if column == LAYER and row != HEAD else USUAL

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Content of a cell for a role, remembered until something changes: a view asks for it at every paint."""
        number = int(role)
        if number not in PROVIDED:
            return None
        key = (index.internalId(), index.column(), number)
        if key not in self._known:
            self._known[key] = self._content(index, role)
        return self._known[key]

    def _content(self, index: Index, role: int) -> Any:
        roles, row, column = Qt.ItemDataRole, self.row_of(index), index.column()
        if self.cells is None or not index.isValid():
            return None
        if role == roles.DisplayRole:
            return self.text(row, column)
        if role == COPY_ROLE and row >= 0:
            return self.cells.exact(row, column)
        if role == roles.TextAlignmentRole:
            return ALIGNMENTS[column]
        if role == roles.EditRole and column == RATE and row >= 0:
            return self.cells.typed_rate(row)
        if role == roles.ForegroundRole:
            return self._color(row, column)
        if role == roles.ToolTipRole:
            return self._tip(row, column)
        if row == CUT:
            return None
        if role == roles.DecorationRole:
            return self.cells.head_icon(column) if row == HEAD else self.cells.icon(row, column)
        if role == roles.CheckStateRole and column == LAYER:
            return UNCHECKED if row == HEAD else self.cells.tick(row)
        if role == roles.FontRole and column in SHAPES:
            return self.font_of(column)
        if role == roles.FontRole and column == LAYER and row == HEAD:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Emit a check mark or a typed rate as a request."""
        path = self.path(index)
        if role == Qt.ItemDataRole.EditRole and path and index.column() == RATE:
            self.rate_requested.emit(path, value)
            return True
        if role != Qt.ItemDataRole.CheckStateRole or not path:
            return False
        self.tick_requested.emit(path, Qt.CheckState(value) is not UNCHECKED)
        return True

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column titles and tooltips."""
        if way is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return layer_headings.heading(section, self.cells, self.narrow)
        if role == COPY_ROLE:
            return layer_headings.copied(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return layer_headings.TIPS.get(section)
        return ALIGNMENTS[section] if role == Qt.ItemDataRole.TextAlignmentRole else None
