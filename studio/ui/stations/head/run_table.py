"""Table of the runs: its columns, which the user chooses and widens, and its keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.session.runs.run_columns import COLUMNS, RunView
from studio.ui.stations.head.run_list_model import FIGURE, RunModel
from studio.ui.widgets.tables.columns import Columns
from studio.ui.widgets.tables.read_only_table import RowTable

SHIFT, KEYPAD = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier
KEYS: dict[int, str] = {
    Qt.Key.Key_Return: "open",
    Qt.Key.Key_Enter: "open",
    Qt.Key.Key_F2: "describe",
    Qt.Key.Key_Asterisk: "star",
    Qt.Key.Key_Delete: "discard",
}
STEPS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RunTable(RowTable):
    """Table of the runs.

    Signals:
        open_requested: The user pressed Enter.
        describe_requested: The user pressed F2.
        star_requested: The user pressed *.
        discard_requested: The user pressed Del.
        restore_requested: The user pressed Ctrl+Z.
        sort_requested: Key of the column whose heading was clicked.
    """

    open_requested = Signal()
    describe_requested = Signal()
    star_requested = Signal()
    discard_requested = Signal()
    restore_requested = Signal()
    sort_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Runs"), parent)
        self.setAccessibleDescription(tr("Enter opens a run, F2 describes it, * stars it, Del moves it to the trash."))
        self.runs = RunModel(self)
        self.setModel(self.runs)
        self.setObjectName("runs")  # the style sheet gives it narrower margins
        self.setIconSize(QSize(18, 18))
        self.setSelectionMode(RowTable.SelectionMode.ExtendedSelection)  # two runs are compared
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.show_lines(2)
        header = self.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        header.sectionResized.connect(self._fit)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        samples = {number: column.sample for number, column in enumerate(COLUMNS) if column.sample}
        self._sample = ""
        self.columns = Columns(self, "run_columns", 0, samples, self.runs.longest)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the seed is at the end of a line

    def show_view(self, view: RunView) -> None:
        """Show the chosen columns, and mark the one that determines the order."""
        header = self.horizontalHeader()
        for number, column in enumerate(COLUMNS[1:], 1):
            header.setSectionHidden(number, column.key not in view.columns)
        place = next(number for number, column in enumerate(COLUMNS) if column.key == view.sort)
        ways = Qt.SortOrder
        header.setSortIndicator(
            -1 if header.isSectionHidden(place) else place,
            ways.DescendingOrder if view.descending else ways.AscendingOrder,
        )
        self.columns.spread()

    def show_groups(self) -> None:
        """Make the column of the metric wide enough for means over seeds, where there are any."""
        sample = COLUMNS[FIGURE].sample if self.runs.groups else "100.0\u202f%"
        if sample != self._sample:
            self._sample = sample
            self.columns.sample(FIGURE, sample)
            self.columns.spread()

    def show_lines(self, number: int) -> None:
        """Set the row height to this number of lines."""
        height = number * self.fontMetrics().height() + 8
        if self.verticalHeader().defaultSectionSize() != height:
            self.verticalHeader().setDefaultSectionSize(height)

    def changeEvent(self, event: QEvent) -> None:
        """Fit the texts again after a change of the font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit(0)

    def _fit(self, column: int) -> None:
        """Fit the texts of the first column to its width, in a condensed font where needed."""
        if column == 0:
            self.runs.fit(self.font(), self.columnWidth(0) - self.iconSize().width() - 16)

    def _sort(self, column: int) -> None:
        self.sort_requested.emit(COLUMNS[column].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the keys of the actions. Others work as in any table, but the first one only selects a run."""
        if event.key() in STEPS and not event.modifiers() & ~KEYPAD and not self.selectionModel().hasSelection():
            self.selectRow(max(0, self.currentIndex().row()))  # Qt would select the row after the first one
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                return
        if event.matches(QKeySequence.StandardKey.Undo):
            self.restore_requested.emit()
        elif event.key() in KEYS and not event.modifiers() & ~(SHIFT | KEYPAD):
            getattr(self, f"{KEYS[event.key()]}_requested").emit()
        else:
            super().keyPressEvent(event)
