"""Dialog that compares runs by their settings: parallel coordinates above, a table below."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.events import RunSummary
from studio.formatting.language import counted, tr
from studio.session.runs import settings_axes
from studio.session.runs.settings_axes import SettingsComparison
from studio.ui.stations.head.settings_table import SettingsTable
from studio.ui.theme import theme
from studio.ui.widgets.close_row import close_row
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow

if TYPE_CHECKING:
    from studio.ui.plots.parallel_plot import ParallelPlot

CAUTION = tr(
    "Lighter lines have a higher figure on the validation photos. A run that was chosen by it looks better there than "
    "it is. Click a line to show its run."
)


AT_ONCE = 60
"""Runs up to which all is shown at once."""

STEP_SECONDS = 0.008
"""Time after which the window answers between two steps."""


class SettingsDialog(QDialog):
    """Shows runs with the settings in which they differ; not modal, so the window stays usable.

    Signals:
        run_requested: Folder of the run to show.
    """

    run_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_dialog")
        self.setWindowTitle(tr("Compare settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._shown: SettingsComparison | None = None
        self._about = QLabel(self)
        self._about.setWordWrap(True)
        theme.set_color_role(self._about, "muted")
        from studio.ui.plots.parallel_plot import ParallelPlot

        self.plot: ParallelPlot = ParallelPlot(self)
        self.plot.pointed.connect(self._say)
        self.plot.clicked.connect(self._click)
        self.readout = ElidedLabel(self, sentence=True)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(8)
        self._column.addWidget(self._about)
        self._column.addWidget(self.plot, 3)
        self._column.addWidget(self.readout)
        self.table = SettingsTable(self)
        self.table.selectionModel().selectionChanged.connect(self._follow)
        self.table.doubleClicked.connect(self._show)
        self._column.addWidget(self.table, 2)
        self._steps: Iterator[None] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)
        self.show_run = QPushButton(tr("&Show this run"), self)
        self.show_run.clicked.connect(self._show)
        self._column.addWidget(close_row(self, self.show_run))
        resize_dialog(self, 900, 600)

    def show_runs(self, runs: Sequence[RunSummary], chosen: str) -> None:
        """Show these runs, and choose the one in this folder; many runs in steps, between which the window answers."""
        self._about.setText(tr("Comparing {runs}…").format(runs=counted(len(runs), "run")))
        self._steps = self._fill(runs, chosen)
        if len(runs) > AT_ONCE:
            self._timer.start()
            return
        for _ in self._steps:
            pass

    def _step(self) -> None:
        """Do the next steps of showing many runs, for some milliseconds."""
        end = time.monotonic() + STEP_SECONDS
        for _ in self._steps:
            if time.monotonic() > end:
                return
        self._timer.stop()

    def _fill(self, runs: Sequence[RunSummary], chosen: str) -> Iterator[None]:
        yield
        shown = settings_axes.comparison(runs)
        yield
        self._shown = shown
        left_out = len(runs) - len(shown.runs)
        without = (
            tr(" {counted} without a result left out.").format(counted=counted(left_out, "run")) if left_out else ""
        )
        differing = len(shown.axes) - 1
        what = tr("{counted}, {counted2} in which they differ.").format(
            counted=counted(len(shown.runs), "run"), counted2=counted(differing, "setting")
        )
        self._about.setText(f"{what}{without} {CAUTION}")
        place = next((number for number, run in enumerate(shown.runs) if run.path == chosen), 0)
        self.table.show_comparison(shown)
        self.table.setFocus()
        yield
        yield from self.plot.steps(shown)
        if self._row() < 0:  # the user may have chosen a run since
            self.table.selectRow(place)
        else:
            self.plot.choose(self._row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the chosen run at Enter, which the table leaves to the dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._show()
        else:
            super().keyPressEvent(event)

    def _row(self) -> int:
        rows = self.table.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    def _follow(self) -> None:
        row = self._row()
        self.plot.choose(row)
        self._say(row)
        allow(self.show_run, "" if row >= 0 else tr("Select a run first."))

    def _say(self, run: int) -> None:
        """Name the run under the pointer, or else the chosen one."""
        run = run if run >= 0 else self._row()
        self.readout.show_text(self._shown.sentence(run) if self._shown is not None and run >= 0 else "")

    def _click(self, run: int) -> None:
        self.table.selectRow(run)
        self._show()

    def _show(self) -> None:
        if self._shown is not None and (row := self._row()) >= 0:
            self.run_requested.emit(self._shown.runs[row].path)
