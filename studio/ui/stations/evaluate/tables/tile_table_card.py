"""Card with a table of numbers and their intervals, and a sentence below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.formatting import typography
from studio.session.evaluation.metric_tiles import Tile
from studio.ui.stations.evaluate.tables.tile_table import TileTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel


class TileTableCard(Card):
    """The table, and below it the sentence."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.table = TileTable(self)
        self.words = WrappedLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(self.words, "muted")
        self.body.addWidget(self.table)
        self.body.addWidget(self.words)
        self.body.addStretch(1)

    def show_tiles(self, tiles: Sequence[Tile], words: str, bold: int = -1) -> None:
        """Show these numbers and this sentence; `bold` is the row in bold type."""
        self.table.show_tiles(tiles, bold)
        self.words.setText(typography.unbroken(words))
        self.words.hold()
