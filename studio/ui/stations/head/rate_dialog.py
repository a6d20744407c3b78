"""Dialog for suggested learning rates: a range test of the head and of the thawed layers, and one click to use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from studio.events import RatesSuggested
from studio.formatting.language import tr
from studio.session.plan import rate_advice
from studio.session.plan.rate_advice import RateCurve
from studio.session.state import AppState
from studio.ui.dialogs.advice.advice_dialog import AdviceDialog
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow

if TYPE_CHECKING:
    from studio.ui.plots.rate_plot import RatePlot


class RateDialog(AdviceDialog):
    """Shows the tests.

    Signals:
        test_requested: Test the rates.
        rates_requested: Use the rates of this `RatesSuggested`.
    """

    test_requested = Signal()
    rates_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        texts = tr("Which learning rate?"), rate_advice.ABOUT, tr("Test rates"), tr("Test again")
        super().__init__("advise_rates", *texts, parent)
        self.setObjectName("rate_dialog")
        self._drawn: RatesSuggested | None = None
        self._rates: tuple[float, float] | None = None
        tests = QWidget(self)
        self.parts = [_Part(tests), _Part(tests)]
        column = QVBoxLayout(tests)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for part in self.parts:
            column.addWidget(part, 1)
            part.hide()
        column.addStretch(0)
        self.start.clicked.connect(self.test_requested)
        self.use = QPushButton(tr("Use these rates"), self)
        self.use.setToolTip(tr("Set the suggested learning rates on the Head page, where you can still change them"))
        self.use.clicked.connect(self._use)
        self.arrange(tests, buttons=(self.use,))
        resize_dialog(self, 680, 620)

    def show_state(self, state: AppState) -> None:
        """Draw the suggestion for the settings chosen now."""
        suggestion = rate_advice.suggestion_now(state)
        self.show_job(state, rate_advice.cannot_test(state), suggestion is not None)
        rates = (state.spec.train.lr, state.spec.train.backbone_lr)
        if suggestion is not self._drawn or rates != self._rates:
            self._drawn, self._rates = suggestion, rates
            curves = rate_advice.curves(state, suggestion) if suggestion is not None else []
            for place, part in enumerate(self.parts):
                part.setVisible(place < len(curves))
                if place < len(curves):
                    part.show_curve(curves[place])
            if suggestion is not None and self.isActiveWindow():
                self.use.setFocus()  # the button that was pressed lost the focus when the test disabled it
        usable = suggestion is not None and rate_advice.is_usable(suggestion)
        allow(
            self.use,
            "" if usable else tr("Test the rates first.") if suggestion is None else tr("The loss did not fall."),
        )

    def _use(self) -> None:
        if self._drawn is not None and self.use.isEnabled():
            self.rates_requested.emit(self._drawn)
            self.accept()


class _Part(QWidget):
    """The test of one part: its name, plot and result."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.title)
        self._column.addWidget(self.words)
        self.plot: RatePlot | None = None

    def show_curve(self, curve: RateCurve) -> None:
        """Draw a test; the plot is made for the first one."""
        if self.plot is None:
            from studio.ui.plots.rate_plot import RatePlot

            self.plot = RatePlot(self)
            self._column.insertWidget(1, self.plot, 1)
        self.title.setText(curve.name)
        self.words.setText(curve.sentence)
        self.plot.show_curve(curve)
