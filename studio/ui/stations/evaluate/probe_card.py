"""Card with the quick probes beside the run: the baseline of the trained head."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.formatting import typography
from studio.session.evaluation import probe_rows
from studio.session.part_results import PartResults
from studio.ui.stations.evaluate.tiles import Whisker
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel


class ProbeCard(Card):
    """A row for the run and each probe: accuracy, interval, and the run as the reference tick."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Quick probe", parent)
        self._results: PartResults | None = None
        self.words = WrappedLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(self.words, "muted")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(2, 1)
        self.rows: list[tuple[QLabel, QLabel, Whisker, QLabel]] = []
        self.body.addLayout(self._grid)
        self.body.addWidget(self.words)
        self.body.addStretch(1)

    def show_part(self, results: PartResults) -> None:
        """Show the probes of these results."""
        if results is self._results:
            return
        self._results = results
        table = probe_rows.rows(results)
        while len(self.rows) < len(table):
            self._add_row()
        for place, widgets in enumerate(self.rows):
            for widget in widgets:
                widget.setVisible(place < len(table))
            if place < len(table):
                tile = table[place]
                name, value, whisker, interval = widgets
                name.setText(tile.title)
                value.setText(tile.text)
                whisker.show_tile(tile)
                whisker.setAccessibleName(f"{tile.title}: {tile.spoken()}")
                interval.setText(tile.note)
                for widget in widgets:
                    widget.setToolTip(typography.tip(tile.tip))
        self.words.setText(typography.unbroken(probe_rows.words(results)))
        self.words.hold()

    def _add_row(self) -> None:
        place = len(self.rows)
        name, value, whisker, interval = QLabel(self), QLabel(self), Whisker(self), QLabel(self)
        if not place:
            for label in (name, value):
                label.setFont(theme.scaled(1.0, bold=True))
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_color_role(interval, "muted")
        widgets = (name, value, whisker, interval)
        for column, widget in enumerate(widgets):
            self._grid.addWidget(widget, place, column)
        self.rows.append(widgets)
