"""Card with the quick probes beside the run: the baseline of the trained head."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.session.evaluation import probe_rows
from studio.session.part_results import PartResults
from studio.ui.stations.evaluate.tables.tile_table_card import TileTableCard


class ProbeCard(TileTableCard):
    """A row for the run and each probe: accuracy, interval, and the run as the reference tick."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Quick probe"), parent)
        self._results: PartResults | None = None

    def show_part(self, results: PartResults) -> None:
        """Show the probes of these results."""
        if results is self._results:
            return
        self._results = results
        self.show_tiles(probe_rows.rows(results), probe_rows.words(results), bold=0)
