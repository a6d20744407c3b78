"""Card with the confusion matrix; a click on a cell shows its photos."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QToolButton, QWidget

from studio.evaluate.probabilities import scores
from studio.session.part_results import PartResults
from studio.ui.plots.confusion import ConfusionMatrix
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel


class MatrixCard(Card):
    """The matrix with its zoom, and the cell under the pointer in words.

    Signals:
        cell_chosen: True and predicted class of a cell.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Confusion matrix", parent)
        self._results: PartResults | None = None
        self.matrix = ConfusionMatrix()
        self.matrix.cell_chosen.connect(self.cell_chosen)
        self.matrix.setToolTip(
            "Click a cell to see its photos. Arrows and Enter select a cell; Ctrl and the wheel, + and -, zoom; 0 fits"
        )
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.matrix)
        for sign, text, tip, slot in (
            ("minus", "Zoom out", "Smaller cells (−, Ctrl and the wheel)", self.matrix.zoom_out),
            (
                "plus",
                "Zoom in",
                "Larger cells, with the names of the classes (+, Ctrl and the wheel)",
                self.matrix.zoom_in,
            ),
            ("fit-to-page-outline", "Fit", "Show the whole matrix (0)", self.matrix.fit),
        ):
            button = QToolButton(self)
            button.setIcon(theme.icon(sign))
            button.setIconSize(theme.ICON)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.clicked.connect(slot)
            self.header.addWidget(button)
        self.hovered = ElidedLabel(self)
        theme.set_color_role(self.hovered, "muted")
        self.hovered.setMinimumHeight(self.hovered.fontMetrics().height() + 2)
        self.matrix.hovered.connect(self.hovered.show_text)
        self.body.addWidget(area, 1)
        self.body.addWidget(self.hovered)

    def show_part(self, results: PartResults) -> None:
        """Show the matrix of these results."""
        if self._results is not None and results.judged is self._results.judged:
            return
        self._results = results
        counts = scores.confusion(results.judged.truth, results.predicted, len(results.classes))
        self.matrix.show_counts(counts, results.classes)
