"""Dialog for the advice on the layers to freeze: a probe after each block, and one click to use a cut."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.events import CutAdvice
from studio.formatting.language import tr
from studio.session.plan import cut_advice
from studio.session.state import AppState
from studio.ui.dialogs.advice.probe_advice import ProbeAdviceDialog
from studio.ui.widgets.dialog_size import resize_dialog


class CutAdviceDialog(ProbeAdviceDialog):
    """Shows the advice.

    Signals:
        probe_requested: Probe the layers.
        plan_requested: Use this `FreezePlan`.
    """

    probe_requested = Signal()
    plan_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        texts = tr("Which layers to freeze?"), cut_advice.ABOUT, tr("Probe the layers"), tr("Probe again")
        tip = tr("Freeze the layers up to the selected one, and train the others")
        super().__init__("advise_cut", texts, tr("Probe after each block"), cut_advice.COLUMNS, tip, parent)
        self.setObjectName("cut_advice_dialog")
        self._advice: CutAdvice | None = None
        self.start.clicked.connect(self.probe_requested)
        resize_dialog(self, 720, 660)

    def show_state(self, state: AppState) -> None:
        """Draw the advice for the photos and the backbone chosen now."""
        advice = self._advice = cut_advice.advice_now(state)
        self.show_job(state, cut_advice.cannot_probe(state), advice is not None)
        rows = cut_advice.rows(advice) if advice is not None else ()
        self.show_advice(advice, rows, cut_advice.summary(advice) if advice is not None else "")

    def use_row(self, row: int) -> None:
        """Freeze up to the layer of a row."""
        if self._advice is not None:
            self.plan_requested.emit(self._advice.cuts[row].plan)
