"""Column widths of the layer tree: columns without content and, in a narrow tree, minor ones are hidden."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTreeView

from studio.ui.stations.features.layer_cells import (
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
    LayerCells,
)
from studio.ui.stations.features.layer_delegate import ICON_ROOM
from studio.ui.stations.features.layer_model import LayerModel

USUAL_TYPE = "BatchNorm2d"
"""A type that must be readable before other columns may grow."""


class LayerColumns(QObject):
    """Shows, hides and sizes the columns of a layer tree, and stores the widths set by the user.

    Args:
        tree: The tree; owns this object.
        model: Its model.
    """

    def __init__(self, tree: QTreeView, model: LayerModel) -> None:
        super().__init__(tree)
        self._tree, self._model = tree, model
        header = tree.header()
        # Before any column is hidden: with a stretched last section Qt reserves the width of a hidden one.
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(48)
        header.sectionResized.connect(self._resized)
        header.sectionHandleDoubleClicked.connect(self._forget)
        self.by_hand: dict[int, int] = {}
        self._fitting = False
        self._fitted_for: tuple[object, ...] = ()

    def fit(self) -> None:
        """Show the columns that have content; a narrow tree leaves out what the inspector shows as well."""
        cells, room = self._model.cells, self._tree.viewport().width()
        if cells is None:
            return
        key = (cells, bool(cells.rates.of), bool(cells.shown.changes), room, cells.rates)
        if key == self._fitted_for:
            return
        self._fitted_for = key
        self._fitting = True
        least = self._tree.fontMetrics().horizontalAdvance(USUAL_TYPE) + 24
        for column, away in (
            (RATE, not key[1]),
            (PROOF, not key[2]),
            (MEMORY, False),
            (TRAINABLE, False),
            (PARAMETERS, False),
        ):
            self._tree.setColumnHidden(column, away)
        self._fit_columns()
        for spare in (MEMORY, TRAINABLE, PARAMETERS):
            if self._others() + least > room:
                self._tree.setColumnHidden(spare, True)
        self._tree.setColumnHidden(TYPE, False)
        narrowest = self._tree.fontMetrics().horizontalAdvance("unchanged") + 50
        lacking = self._others() + least - room
        if lacking > 0 and not self._tree.isColumnHidden(PROOF) and TYPE not in self.by_hand:
            self._tree.setColumnHidden(TYPE, True)  # the inspector shows the type
            self._tree.setColumnWidth(PROOF, max(narrowest, self._tree.columnWidth(PROOF) - max(0, lacking - least)))
            self._tree.setColumnWidth(PROOF, self._tree.columnWidth(PROOF) + max(0, room - self._others()))
        for column, width in self.by_hand.items():
            self._tree.setColumnWidth(column, width)
        if TYPE not in self.by_hand:
            self._tree.setColumnWidth(TYPE, max(least, room - self._others()))
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
        self._fitted_for = ()
        self.fit()

    def _forget(self, column: int) -> None:
        """Restore a column's default width after a double click on its border."""
        self.by_hand.pop(column, None)
        self._fitted_for = ()
        self.fit()

    def _others(self) -> int:
        """Width of all columns but the one that takes the remaining space."""
        return sum(self._tree.columnWidth(column) for column in range(len(COLUMNS)) if column != TYPE)

    def _fit_columns(self) -> None:
        for column in (LAYER, *NUMBERS):  # the widths of the other columns do not depend on the rows
            if not self._tree.isColumnHidden(column):
                self._tree.resizeColumnToContents(column)
        self._tree.setColumnWidth(LAYER, max(116, min(self._tree.columnWidth(LAYER), 240)))
        cells = self._model.cells
        if cells is not None and not self._tree.isColumnHidden(RATE):
            self._tree.setColumnWidth(RATE, max(self._tree.columnWidth(RATE), self._longest_rate(cells)))
        words = self._tree.fontMetrics().horizontalAdvance
        self._tree.setColumnWidth(STATE, words("part frozen") + 44)
        self._tree.setColumnWidth(PROOF, words("unchanged (hash equal)") + 50)
        if self._others() + words(USUAL_TYPE) + 24 > self._tree.viewport().width():
            self._tree.setColumnWidth(PROOF, max(words("up to 9.9e-01"), words("trained, 999 epochs")) + 50)

    def _longest_rate(self, cells: LayerCells) -> int:
        """Width of the widest rate, visible or not; one set by hand has a pencil before it."""
        texts = {(cells.rate_words(row), cells.by_hand(row)) for row in range(len(cells.rows.layers))}
        words = self._tree.fontMetrics().horizontalAdvance
        return max((words(text) + (ICON_ROOM + 4 if by_hand else 16) for text, by_hand in texts), default=0)
