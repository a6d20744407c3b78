"""Dialog for the advice on the layers to freeze: a probe behind each block, and one click to use a cut."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from studio.events import CutAdvice
from studio.session.plan import cut_advice
from studio.session.state import AppState
from studio.ui.dialogs.advice import AdviceDialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.tables.text_table import TextTable


class CutAdviceDialog(AdviceDialog):
    """Shows the advice.

    Signals:
        probe_requested: Probe the layers.
        plan_requested: Use this `FreezePlan`.
    """

    probe_requested = Signal()
    plan_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        texts = "Which layers to freeze?", cut_advice.ABOUT, "Probe the layers", "Probe again"
        super().__init__("advise_cut", *texts, parent)
        self.setObjectName("cut_advice_dialog")
        self._drawn: CutAdvice | None = None
        self.table = TextTable("Probe behind each block", cut_advice.COLUMNS, 1, self)
        self.table.itemSelectionChanged.connect(self._allow)
        self.table.itemDoubleClicked.connect(lambda _item: self._use())
        self.why = QLabel(self)
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.start.clicked.connect(self.probe_requested)
        self.use = QPushButton("Use this", self)
        self.use.setToolTip("Freeze the layers up to the selected one, and train the others")
        self.use.clicked.connect(self._use)
        self.arrange(self.table, self.why, buttons=(self.use,))
        self.resize(720, 660)

    def show_state(self, state: AppState) -> None:
        """Draw the advice for the photos and the backbone chosen now."""
        advice = cut_advice.advice_now(state)
        self.show_job(state, cut_advice.cannot_probe(state), advice is not None)
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
