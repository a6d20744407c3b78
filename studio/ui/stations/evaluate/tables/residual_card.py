"""Card with the errors of a regression run by the size of the true number."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.formatting import typography
from studio.session.evaluation import residual_rows
from studio.session.part_results import PartResults
from studio.ui.stations.evaluate.tables.tile_table import TileTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel


class ResidualCard(Card):
    """The mean residual of photos with low, middle and high numbers, with its interval."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Mean of predicted − true, by the true number", parent)
        self.table = TileTable(self)
        self.words = WrappedLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(self.words, "muted")
        self.body.addWidget(self.table)
        self.body.addWidget(self.words)
        self.body.addStretch(1)

    def show_part(self, results: PartResults) -> None:
        """Show the residuals of these results."""
        self.table.show_tiles(residual_rows.rows(results))
        self.words.setText(typography.unbroken(residual_rows.words(results)))
        self.words.hold()
