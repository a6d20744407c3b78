"""Card with the accuracy, or the mean error, of parts of the photos; a click shows the photos of one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation import slice_rows
from studio.session.evaluation.slice_rows import SliceRow
from studio.session.part_results import PartResults
from studio.ui.dialogs import files
from studio.ui.stations.evaluate.tables.slice_table import SliceTable
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel

ALL = tr("All properties")


class SliceCard(Card):
    """The slices by one property or by all.

    Signals:
        photos_requested: A `PhotoSelection`: the photos of the chosen slice.
        table_requested: Path of a CSV file with columns to slice by; "" for none.
    """

    photos_requested = Signal(object)
    table_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Slices"), parent)
        self._results: PartResults | None = None
        self._rows: tuple[SliceRow, ...] = ()
        self.by = QComboBox(self)
        self.by.addItem(ALL)
        self.by.setAccessibleName(tr("Property of the slices"))
        self.by.setToolTip(tr("Property that the photos are divided by"))
        self.by.activated.connect(self._filter)
        self.choose_table = QPushButton(tr("Table…"), self)
        self.choose_table.setToolTip(
            tr("Divide the photos by the columns of a CSV file, too; one column has their paths")
        )
        self.choose_table.clicked.connect(self._ask_for_table)
        self.remove_table = QPushButton(tr("Remove table"), self)
        self.remove_table.clicked.connect(self._remove)
        self.remove_table.hide()
        for part in (self.by, self.choose_table, self.remove_table):
            self.header.addWidget(part)
        self.table = SliceTable(self)
        self.table.setToolTip(tr("A click, or Enter, shows the photos of a slice"))
        self.table.slice_chosen.connect(self._choose)
        self.sentence = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.sentence, "muted")
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.sentence)

    def show_part(self, results: PartResults, table: str = "") -> None:
        """Show the slices of these results; `table` is the one in use."""
        self._show_table(table)
        if results is self._results:
            return
        self._results, self._rows = results, slice_rows.rows(results)
        chosen = self.by.currentText()
        self.by.clear()
        self.by.addItems([ALL, *map(typography.one_line, slice_rows.properties(self._rows))])
        self.by.setCurrentIndex(max(0, self.by.findText(chosen)))
        self.sentence.show_text(slice_rows.sentence(results, self._rows))
        self._filter()

    def _show_table(self, path: str) -> None:
        self.remove_table.setVisible(bool(path))
        self.remove_table.setToolTip(typography.tip(tr("No longer divide by {name}").format(name=Path(path).name)))
        self.choose_table.setAccessibleDescription(tr("In use: {path}").format(path=path) if path else "")

    def _filter(self) -> None:
        results, place = self._results, self.by.currentIndex()
        if results is None:
            return
        by = slice_rows.properties(self._rows)[place - 1] if place > 0 else ""
        rows = [row for row in self._rows if by in ("", row.by)]
        self.table.show_slices(rows, slice_rows.overall(results), bool(results.target))

    def _choose(self, row: SliceRow) -> None:
        if self._results is not None:
            self.photos_requested.emit(slice_rows.photos(self._results, row))

    def _ask_for_table(self) -> None:
        folder = self._results.judged.folder if self._results is not None else ""
        files.open_file(
            self, tr("Divide the photos by a table"), tr("Tables (*.csv)"), self.table_requested.emit, folder
        )

    def _remove(self) -> None:
        self.table_requested.emit("")
