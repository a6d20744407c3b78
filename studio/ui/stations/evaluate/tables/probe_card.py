"""Card with the quick probes beside the run: the baseline of the trained head."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.formatting import typography
from studio.session.evaluation import probe_rows
from studio.session.part_results import PartResults
from studio.ui.stations.evaluate.tables.tile_table import TileTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel


class ProbeCard(Card):
    """A row for the run and each probe: accuracy, interval, and the run as the reference tick."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Quick probe", parent)
        self._results: PartResults | None = None
        self.table = TileTable(self)
        self.words = WrappedLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(self.words, "muted")
        self.body.addWidget(self.table)
        self.body.addWidget(self.words)
        self.body.addStretch(1)

    def show_part(self, results: PartResults) -> None:
        """Show the probes of these results."""
        if results is self._results:
            return
        self._results = results
        self.table.show_tiles(probe_rows.rows(results), bold=0)
        self.words.setText(typography.unbroken(probe_rows.words(results)))
        self.words.hold()
