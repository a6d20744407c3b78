"""Columns of the layer tree: those without content and, in a narrow tree, minor ones are hidden until chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTreeView

from studio.formatting.language import tr
from studio.ui.stations.features.layers.layer_cells import (
    COLUMNS,
    DRIFT,
    INPUT,
    LAYER,
    MACS,
    MEMORY,
    NUMBERS,
    ORDER,
    PARAMETERS,
    PROOF,
    RATE,
    STATE,
    TIME,
    TRAINABLE,
    TYPE,
    LayerCells,
)
from studio.ui.stations.features.layers.layer_delegate import ICON_ROOM
from studio.ui.stations.features.layers.layer_model import HEAD, LayerModel

USUAL_TYPE = tr("BatchNorm2d")
"""A type that must be readable before other columns may grow."""

SPARE = (INPUT, MEMORY, TRAINABLE, MACS)
"""Columns that a narrow tree leaves out, the first one first; then the type, and last the parameters."""

CHOICE = "shown."
"""Prefix of a column's number in the settings, for whether the user shows it."""


class LayerColumns(QObject):
    """Shows, hides and sizes the columns of a layer tree, and stores what the user chose.

    Signals:
        choice_changed: The user showed or hid a column.

    Attributes:
        by_hand: Widths set by the user, by column.
        choice: True for columns that the user shows, False for those hidden; others follow the width of the tree.

    Args:
        tree: The tree; owns this object.
        model: Its model.
    """

    choice_changed = Signal()

    def __init__(self, tree: QTreeView, model: LayerModel) -> None:
        super().__init__(tree)
        self._tree, self._model = tree, model
        header = tree.header()
        # Before any column is hidden: with a stretched last section Qt reserves the width of a hidden one.
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(48)
        for place, column in enumerate(ORDER):
            header.moveSection(header.visualIndex(column), place)
        header.sectionResized.connect(self._resized)
        header.sectionHandleDoubleClicked.connect(self._forget)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._fit_again)
        tree.expanded.connect(self._soon.start)
        self.by_hand: dict[int, int] = {}
        self.choice: dict[int, bool] = {}
        self._fitting = self._held = False
        self._fitted_for: tuple[object, ...] = ()
        self._measured: dict[int, int] = {}
        self._measured_for: tuple[object, ...] = ()
        self._visible: dict[int, int] = {}

    def choose(self, column: int, shown: bool) -> None:
        """Show or hide a column, whatever the width."""
        self.choice[column] = shown
        self._fit_again()
        self.choice_changed.emit()

    def left_out(self) -> set[int]:
        """Columns that the user hid."""
        return {column for column, shown in self.choice.items() if not shown}

    def forget_choices(self) -> None:
        """Show the usual columns in their usual widths."""
        self.choice.clear()
        self.by_hand.clear()
        self._fit_again()
        self.choice_changed.emit()

    @contextmanager
    def fitted_once(self) -> Iterator[None]:
        """Fit at the end of a block that shows several things, instead of after each of them."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.fit()

    def forget_widths(self) -> None:
        """Measure again at the next fit, because other rows are visible now, and drop the fit that was scheduled."""
        self._soon.stop()
        self._fitted_for = self._measured_for = ()

    def fit(self) -> None:
        """Show the chosen columns, and of the others those with content that fit."""
        cells, room = self._model.cells, self._tree.viewport().width()
        if cells is None or self._held:
            return
        key = (cells, bool(cells.rates.of), bool(cells.shown.changes), room, cells.rates, cells.sizes, cells.drift)
        if key == self._fitted_for:
            return
        self._fitted_for = key
        self._fitting = True
        least = self._tree.fontMetrics().horizontalAdvance(USUAL_TYPE) + 24
        usual_ones = {RATE: key[1], PROOF: key[2], TIME: cells.sizes.times is not None}
        usual_ones[DRIFT] = cells.drift is not None
        for column, usual in {**dict.fromkeys((*SPARE, PARAMETERS), True), **usual_ones}.items():
            self._tree.setColumnHidden(column, not self.choice.get(column, usual))
        for column in set(ORDER) - {LAYER, TYPE, PARAMETERS, *usual_ones, *SPARE}:
            self._tree.setColumnHidden(column, not self.choice.get(column, True))
        self._tree.setColumnHidden(TYPE, False)
        self._fit_columns()
        for spare in SPARE:
            if spare not in self.choice and self._others() + least > room:
                self._tree.setColumnHidden(spare, True)
        free = TYPE not in self.by_hand and TYPE not in self.choice
        away = not self.choice.get(TYPE, not free or self._others() + least <= room)
        self._tree.setColumnHidden(TYPE, away)  # the inspector shows the type
        if away and not self._tree.isColumnHidden(PROOF):
            narrowest = self._tree.fontMetrics().horizontalAdvance("unchanged") + 50
            lacking = max(0, self._others() - room)
            self._tree.setColumnWidth(PROOF, max(narrowest, self._tree.columnWidth(PROOF) - lacking))
        # The check marks show what is frozen, too; beside the drift, which compares a finished run, rates say least.
        for minor in (PARAMETERS, STATE, *((RATE,) if usual_ones[DRIFT] else ())):
            if minor not in self.choice and away and self._others() > room:
                self._tree.setColumnHidden(minor, True)
        if away:
            fill = LAYER if self._tree.isColumnHidden(PROOF) else PROOF
            self._tree.setColumnWidth(fill, self._tree.columnWidth(fill) + max(0, room - self._others()))
        for column, width in self.by_hand.items():
            self._tree.setColumnWidth(column, width)
        if TYPE not in self.by_hand and not away:
            self._tree.setColumnWidth(TYPE, max(least, room - self._others()))
        self._fitting = False

    def _fit_again(self) -> None:
        """Measure and distribute all columns again."""
        self.forget_widths()
        self.fit()

    def _resized(self, column: int, _old: int, new: int) -> None:
        """Keep the width of a column that the user dragged."""
        if not self._fitting and QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self.by_hand[column] = new

    def widths(self) -> dict[str, int]:
        """Widths set by the user, by column, and the columns shown and hidden."""
        chosen = {f"{CHOICE}{column}": int(shown) for column, shown in self.choice.items()}
        return chosen | {str(column): width for column, width in self.by_hand.items()}

    def restore(self, widths: Mapping[str, int]) -> None:
        """Apply saved widths and choices; those of columns that no longer exist are ignored."""
        places = {column: width for column, width in widths.items() if column.isdigit() and width > 0}
        self.by_hand = {int(column): width for column, width in places.items() if int(column) < len(COLUMNS)}
        chosen = {key.removeprefix(CHOICE): shown for key, shown in widths.items() if key.startswith(CHOICE)}
        self.choice = {
            int(column): bool(shown)
            for column, shown in chosen.items()
            if column.isdigit() and LAYER < int(column) < len(COLUMNS)
        }
        self._fit_again()
        self.choice_changed.emit()

    def _forget(self, column: int) -> None:
        """Restore a column's default width after a double click on its border."""
        self.by_hand.pop(column, None)
        self._fit_again()

    def _others(self) -> int:
        """Width of all columns but the one that takes the remaining space."""
        return sum(self._tree.columnWidth(column) for column in range(len(COLUMNS)) if column != TYPE)

    def _fit_columns(self) -> None:
        for column in (LAYER, *NUMBERS):  # the widths of the other columns do not depend on the rows
            if not self._tree.isColumnHidden(column) and column not in (TRAINABLE, RATE):
                self._tree.setColumnWidth(column, self._content_width(column))
        counts, header = self._content_width(PARAMETERS), self._tree.header()
        self._tree.setColumnWidth(TRAINABLE, max(counts, header.sectionSizeHint(TRAINABLE)))
        self._tree.setColumnWidth(LAYER, max(116, min(self._tree.columnWidth(LAYER), 240)))
        cells = self._model.cells
        if cells is not None and not self._tree.isColumnHidden(RATE):
            self._tree.setColumnWidth(RATE, max(header.sectionSizeHint(RATE), self._longest_rate(cells)))
        words = self._tree.fontMetrics().horizontalAdvance
        self._tree.setColumnWidth(STATE, words(tr("part frozen")) + 44)
        self._tree.setColumnWidth(PROOF, words(tr("unchanged (hash equal)")) + 50)
        if self._others() + words(USUAL_TYPE) + 24 > self._tree.viewport().width():
            self._tree.setColumnWidth(PROOF, max(words(tr("up to 9.9e-01")), words(tr("trained, 999 epochs"))) + 50)

    def _content_width(self, column: int) -> int:
        """Width of a column's heading and visible texts, which no freeze plan changes; measuring them takes long."""
        cells = self._model.cells
        key = (cells, cells.sizes if cells is not None else None, self._model.narrow, self._tree.font().key())
        if key != self._measured_for:
            self._measured_for = key
            self._measured.clear()
            self._visible.clear()
        if column not in self._measured:
            heading = self._tree.header().sectionSizeHint(column)
            self._measured[column] = max(heading, self._text_width(column))
        return self._measured[column]

    def _text_width(self, column: int) -> int:
        """Width of a column's visible texts, measured here: Qt would ask the model for eight roles of each cell."""
        if not self._visible:
            self._visible.update(self._visible_rows())
        metrics = QFontMetrics(self._model.font_of(column) or self._tree.font())
        layer = self._model.index_of_row(max(self._visible)).siblingAtColumn(column)
        # Margins come from the style sheet: measured in one cell. Texts end within a pixel, hence one more.
        margins = self._tree.sizeHintForIndex(layer).width() - metrics.horizontalAdvance(str(layer.data())) + 1
        step = self._tree.indentation() if column == LAYER else 0
        texts = {(self._model.text(row, column), depth * step) for row, depth in self._visible.items()}
        return margins + max(metrics.horizontalAdvance(text) + indented for text, indented in texts)

    def _visible_rows(self) -> Iterator[tuple[int, int]]:
        """Rows whose parents are all expanded, with their depth from 1; not the cut, which spans all columns."""
        assert self._model.cells is not None
        rows = self._model.cells.rows
        # Not by way of the tree's `indexBelow`, for which Qt asks for the size of each row.
        left = [(row, 1) for row in reversed(rows.top)]
        while left:
            row, depth = left.pop()
            yield row, depth
            if rows.children[row] and self._tree.isExpanded(self._model.index_of_row(row)):
                left += [(child, depth + 1) for child in reversed(rows.children[row])]
        yield HEAD, 1

    def _longest_rate(self, cells: LayerCells) -> int:
        """Width of the widest rate, visible or not; one set by hand has a pencil before it."""
        texts = {(cells.rate_words(row), cells.by_hand(row)) for row in range(len(cells.rows.layers))}
        words = self._tree.fontMetrics().horizontalAdvance
        return max((words(text) + (ICON_ROOM + 4 if by_hand else 16) for text, by_hand in texts), default=0)
