"""Card with the errors of a regression run by the size of the true number."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.session.evaluation import residual_rows
from studio.session.part_results import PartResults
from studio.ui.stations.evaluate.tables.tile_table_card import TileTableCard


class ResidualCard(TileTableCard):
    """The mean residual of photos with low, middle and high numbers, with its interval."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Mean of predicted − true, by the true number"), parent)

    def show_part(self, results: PartResults) -> None:
        """Show the residuals of these results."""
        self.show_tiles(residual_rows.rows(results), residual_rows.words(results))
