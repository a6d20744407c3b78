"""Dialog for the advice on the backbone: a probe of each candidate, and one click to use one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.events import BackboneAdvice
from studio.formatting.language import tr
from studio.session.plan import backbone_advice
from studio.session.state import AppState
from studio.ui.dialogs.advice.probe_advice import ProbeAdviceDialog
from studio.ui.widgets.dialog_size import resize_dialog


class BackboneAdviceDialog(ProbeAdviceDialog):
    """Shows the advice.

    Signals:
        comparison_requested: Compare the backbones.
        backbone_chosen: The `BackboneSpec` to use, as it was compared.
    """

    comparison_requested = Signal()
    backbone_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        texts = tr("Which backbone?"), backbone_advice.ABOUT, tr("Compare the backbones"), tr("Compare again")
        tip = tr("Use the selected backbone as it was compared: with the same weights, image size and readout")
        super().__init__("advise_backbone", texts, tr("Probe of each backbone"), backbone_advice.COLUMNS, tip, parent)
        self.setObjectName("backbone_advice_dialog")
        self._advice: BackboneAdvice | None = None
        self.start.clicked.connect(self.comparison_requested)
        resize_dialog(self, 820, 560)

    def show_state(self, state: AppState) -> None:
        """Draw the advice for the photos chosen now."""
        advice = self._advice = backbone_advice.advice_now(state)
        self.show_job(state, backbone_advice.cannot_compare(state), advice is not None)
        rows = backbone_advice.rows(advice) if advice is not None else ()
        self.show_advice(advice, rows, backbone_advice.summary(advice) if advice is not None else "")

    def use_row(self, row: int) -> None:
        """Use the backbone of a row."""
        if self._advice is not None:
            self.backbone_chosen.emit(self._advice.probes[row].backbone)
