"""Card with the confusion matrix, its legend and, beside it, the most confused pairs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation.confusion_view import Order, Shown
from studio.session.part_results import PartResults
from studio.ui.plots.matrix.legend import MatrixLegend
from studio.ui.plots.matrix.view import ConfusionMatrix
from studio.ui.stations.evaluate.tables.pair_table import PairTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel

CONTENTS: dict[Shown, tuple[str, str]] = {
    "counts": (tr("Counts"), tr("Number of photos, and its share of the true class")),
    "row": (tr("Row %"), tr("Share of the photos of the true class: each row adds up to 100 %")),
    "column": (tr("Column %"), tr("Share of the photos predicted as the class: each column adds up to 100 %")),
}
ORDERS: dict[Order, tuple[str, str]] = {
    "name": (tr("By name"), tr("The classes in the order of their folders")),
    "confusion": (tr("By confusion"), tr("The classes with the most wrong photos first")),
    "similarity": (tr("By similarity"), tr("Classes that are often confused stand beside each other")),
}
FEW = 4
"""Number of classes below which there are no controls to sort, zoom or list pairs: everything is seen at a glance."""

ENLARGED = 0.9
"""Size of the window of its own, as a share of the main window's."""

MANY = 12
"""Number of classes from which the pairs are listed by default."""


class MatrixCard(Card):
    """The matrix with everything that belongs to it.

    Signals:
        cell_chosen: Labels of the true and the predicted class of a cell or a pair.

    Attributes:
        matrix: The matrix.
        pairs: The most confused pairs.
        hovered: The cell under the pointer in words.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Confusion matrix"), parent)
        self._results: PartResults | None = None
        self._large: MatrixCard | None = None
        self._icons: list[tuple[QToolButton, str]] = []
        self.matrix = ConfusionMatrix(self)
        self.pairs = PairTable(self)
        self.pairs.setMinimumWidth(200)
        self.matrix.cell_chosen.connect(self._choose)
        self.pairs.pair_chosen.connect(self._choose_pair)
        self._contents: dict[Shown, QPushButton] = {}
        for shown, (text, tip) in CONTENTS.items():
            button = QPushButton(text, self)
            button.setCheckable(True)
            button.setChecked(shown == "counts")
            button.setProperty("role", "preset")
            button.setToolTip(tip)
            button.clicked.connect(partial(self.show_content, shown))
            self._contents[shown] = button
            self.header.addWidget(button)
        self.header.addWidget(self.matrix.files.button(self))
        self.order = QComboBox(self)
        self.order.setAccessibleName(tr("Order of the classes"))
        for text, tip in ORDERS.values():
            self.order.addItem(text)
            self.order.setItemData(self.order.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.order.setToolTip(tr("Order of the classes"))
        self.order.activated.connect(self._sort)
        self.list_pairs = QPushButton(tr("Pairs"), self)
        self.list_pairs.setCheckable(True)
        self.list_pairs.setProperty("role", "preset")
        self.list_pairs.setToolTip(tr("List the most confused pairs of classes beside the matrix"))
        self.list_pairs.toggled.connect(self._show_pairs)
        self._tools = QWidget(self)
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.addWidget(self.order)
        tools.addWidget(self.list_pairs)
        tools.addStretch(1)
        for sign, text, tip, slot in (
            ("minus", tr("Zoom out"), tr("Smaller cells (−, Ctrl and the wheel)"), self.matrix.zoom_out),
            ("plus", tr("Zoom in"), tr("Larger cells (+, Ctrl and the wheel)"), self.matrix.zoom_in),
            ("fit-to-page-outline", tr("Fit"), tr("Show the whole matrix (0)"), self.matrix.fit),
            ("arrow-expand", tr("Enlarge"), tr("Show the matrix in a window of its own"), self.enlarge),
        ):
            zoom = QToolButton(self._tools)
            zoom.setIconSize(theme.ICON)
            zoom.setAccessibleName(text)
            zoom.setToolTip(tip)
            zoom.clicked.connect(slot)
            tools.addWidget(zoom)
            self._icons.append((zoom, sign))
        self._none = QLabel(tr("No photo is predicted wrongly."), self)
        self._none.setWordWrap(True)
        theme.set_color_role(self._none, "muted")
        beside = QHBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(self.matrix, 4)
        beside.addWidget(self.pairs, 3)
        self.hovered = ElidedLabel(self)
        theme.set_color_role(self.hovered, "muted")
        self.hovered.setMinimumHeight(self.hovered.fontMetrics().height() + 2)
        self.matrix.hovered.connect(self.hovered.show_text)
        self.legend = MatrixLegend(self)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.hovered, 1)
        below.addWidget(self.legend, 1)
        self.body.addWidget(self._tools)
        self.body.addLayout(beside, 1)
        self.body.addWidget(self._none)
        self.body.addLayout(below)
        self._show_pairs(False)
        theme.when_changed(self._recolor)
        self._recolor()

    def show_part(self, results: PartResults) -> None:
        """Show the matrix of these results."""
        before = self._results
        if before is not None and results.judged is before.judged and results.rule == before.rule:
            return
        self._results = results
        self.show_counts(results.counts, [typography.one_line(name) for name in results.classes])

    def show_counts(self, counts: NDArray[np.int64], classes: Sequence[str]) -> None:
        """Show these counts; order, zoom and the selected cell stay for the same classes."""
        before = len(self.matrix.cells)
        self.matrix.show_counts(counts, classes)
        self.pairs.show_counts(counts, classes)
        self._tools.setVisible(len(classes) >= FEW)
        if len(classes) != before:
            self.list_pairs.setChecked(len(classes) >= MANY)
        self._show_pairs(self.list_pairs.isChecked())
        self.pairs.mark(self.matrix.chosen)
        if self._large is not None:
            self._large.show_counts(counts, classes)

    def enlarge(self) -> None:
        """Show the matrix in a window of its own, whose cells choose photos, too."""
        if self._large is None:
            window = QDialog(self)
            window.setWindowTitle(tr("Confusion matrix"))
            window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            column = QVBoxLayout(window)
            self._large = large = MatrixCard(window)
            large.cell_chosen.connect(self._choose_in_window)
            large.may_enlarge(False)
            column.addWidget(large)
            window.destroyed.connect(self._forget_window)
            window.resize(self.window().size() * ENLARGED)
            large.show_counts(self.matrix.cells.counts, self.matrix.cells.classes)
            large.choose(self.matrix.chosen)
            window.show()
        self._large.window().raise_()

    def may_enlarge(self, may: bool) -> None:
        """Show or hide the button that opens the window."""
        for button, sign in self._icons:
            if sign == "arrow-expand":
                button.setVisible(may)

    def _choose_in_window(self, true: int, guess: int) -> None:
        self.choose((true, guess))
        self.cell_chosen.emit(true, guess)

    def _forget_window(self) -> None:
        self._large = None

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Frame a cell (labels), or none."""
        self.matrix.choose(cell)
        self.pairs.mark(cell)

    def _choose(self, true: int, guess: int) -> None:
        self.pairs.mark((true, guess))
        self.cell_chosen.emit(true, guess)

    def _choose_pair(self, true: int, guess: int) -> None:
        self.matrix.choose((true, guess))
        self.cell_chosen.emit(true, guess)

    def show_content(self, shown: Shown, _checked: bool = True) -> None:
        """Show counts, or shares of rows or of columns."""
        for content, button in self._contents.items():  # not a QButtonGroup, in which Tab reaches only one of them
            button.setChecked(content == shown)
        self.matrix.show_as(shown)
        self.legend.show_as(shown)

    def _sort(self, place: int) -> None:
        self.matrix.sort_by(list(ORDERS)[place])

    def _show_pairs(self, shown: bool) -> None:
        wrong = self.pairs.model().rowCount() > 0
        self.pairs.setVisible(shown and wrong)
        self._none.setVisible(shown and not wrong and len(self.matrix.cells) > 0)

    def _recolor(self) -> None:
        for button, sign in self._icons:
            button.setIcon(theme.icon(sign))
