"""Values below each other: name, number, whisker on a common axis, interval."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.formatting import typography
from studio.session.evaluation.metric_tiles import Tile
from studio.ui.stations.evaluate.summary.tiles import Whisker
from studio.ui.theme import theme


class TileTable(QWidget):
    """A row for each value.

    Attributes:
        rows: Name, number, whisker and interval of each row.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(2, 1)
        self.rows: list[tuple[QLabel, QLabel, Whisker, QLabel]] = []

    def show_tiles(self, tiles: Sequence[Tile], bold: int = -1) -> None:
        """Show these values; `bold` is the row in bold type."""
        while len(self.rows) < len(tiles):
            self._add_row()
        for place, widgets in enumerate(self.rows):
            for widget in widgets:
                widget.setVisible(place < len(tiles))
            if place >= len(tiles):
                continue
            tile, (name, value, whisker, interval) = tiles[place], widgets
            name.setText(typography.one_line(tile.title))
            value.setText(tile.text)
            for label in (name, value):
                label.setFont(theme.scaled(1.0, bold=place == bold))
            whisker.show_tile(tile)
            whisker.setAccessibleName(f"{tile.title}: {tile.spoken()}")
            interval.setText(tile.note)
            for widget in widgets:
                widget.setToolTip(typography.tip(tile.tip))

    def _add_row(self) -> None:
        name, value, whisker, interval = QLabel(self), QLabel(self), Whisker(self), QLabel(self)
        name.setTextFormat(Qt.TextFormat.PlainText)
        for label in (value, interval):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_color_role(interval, "muted")
        widgets = (name, value, whisker, interval)
        for column, widget in enumerate(widgets):
            self._grid.addWidget(widget, len(self.rows), column)
        self.rows.append(widgets)
