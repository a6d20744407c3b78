"""Dialog for the advice on the layers to freeze: a probe behind each block, and one click to use a cut."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.events import CutAdvice
from studio.session.jobs.job_words import progress_line
from studio.session.plan import cut_advice
from studio.session.state import AppState
from studio.ui.dialogs.close_row import close_row
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.tables.text_table import TextTable


class CutAdviceDialog(QDialog):
    """Shows the advice; not modal, so the window stays usable.

    Signals:
        probe_requested: Probe the layers.
        plan_requested: Use this `FreezePlan`.
    """

    probe_requested = Signal()
    plan_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cut_advice_dialog")
        self.setWindowTitle("Which layers to freeze?")
        self._drawn: CutAdvice | None = None
        about = QLabel(cut_advice.ABOUT, self)
        about.setWordWrap(True)
        self.notice = Notice(self)
        self.table = TextTable("Probe behind each block", cut_advice.COLUMNS, 1, self)
        self.table.itemSelectionChanged.connect(self._allow)
        self.table.itemDoubleClicked.connect(lambda _item: self._use())
        self.why = QLabel(self)
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.progress = QLabel(self)
        theme.set_color_role(self.progress, "muted")
        self.probe = QPushButton("Probe the layers", self)
        self.probe.clicked.connect(self.probe_requested)
        self.use = QPushButton("Use this", self)
        self.use.setToolTip("Freeze the layers up to the selected one, and train the others")
        self.use.clicked.connect(self._use)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addWidget(self.notice)
        column.addWidget(self.table, 1)
        column.addWidget(self.why)
        column.addWidget(self.progress)
        column.addWidget(close_row(self, self.probe, self.use))
        self.resize(720, 660)
        self.probe.setFocus()

    def show_state(self, state: AppState) -> None:
        """Draw the advice for the photos and the backbone chosen now."""
        fault = state.faults.get("features")
        if fault is not None:
            self.notice.show_fault(fault)
        else:
            self.notice.clear()
        advice = cut_advice.advice_now(state)
        job = state.jobs.get("advise_cut")
        self.progress.setText(progress_line(job) if job is not None else "")
        allow(self.probe, cut_advice.cannot_probe(state))
        self.probe.setText("Probe again" if advice is not None else "Probe the layers")
        if advice is not self._drawn:
            self._drawn = advice
            self.table.show_rows(cut_advice.rows(advice) if advice is not None else [])
            self.why.setText(cut_advice.summary(advice) if advice is not None else "")
            if advice is not None:
                self.table.selectRow(advice.choice)
                self.table.scrollTo(self.table.currentIndex())
        self._allow()

    def _allow(self) -> None:
        chosen = self._drawn is not None and 0 <= self.table.currentRow() < len(self._drawn.cuts)
        allow(self.use, "" if chosen else "Probe the layers first.")

    def _use(self) -> None:
        if self._drawn is not None and self.use.isEnabled():
            self.plan_requested.emit(self._drawn.cuts[self.table.currentRow()].plan)
            self.accept()
