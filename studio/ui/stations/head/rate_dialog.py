"""Dialog for suggested learning rates: a range test of the head and of the thawed layers, and one click to use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.events import RatesSuggested
from studio.session.jobs.job_words import progress_line
from studio.session.plan import rate_advice
from studio.session.plan.rate_advice import RateCurve
from studio.session.state import AppState
from studio.ui.dialogs.close_row import close_row
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from studio.ui.plots.rate_plot import RatePlot


class RateDialog(QDialog):
    """Shows the tests; not modal, so the window stays usable.

    Signals:
        test_requested: Test the rates.
        rates_requested: Use the rates of this `RatesSuggested`.
    """

    test_requested = Signal()
    rates_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rate_dialog")
        self.setWindowTitle("Which learning rate?")
        self._drawn: RatesSuggested | None = None
        self._rates: tuple[float, float] | None = None
        about = QLabel(rate_advice.ABOUT, self)
        about.setWordWrap(True)
        self.notice = Notice(self)
        self.parts = [_Part(self), _Part(self)]
        self.progress = QLabel(self)
        theme.set_color_role(self.progress, "muted")
        self.test = QPushButton("Test rates", self)
        self.test.clicked.connect(self.test_requested)
        self.use = QPushButton("Use these rates", self)
        self.use.setToolTip("Set the suggested learning rates; Ctrl+Z takes them back")
        self.use.clicked.connect(self._use)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addWidget(self.notice)
        for part in self.parts:
            column.addWidget(part, 1)
            part.hide()
        column.addStretch(0)
        column.addWidget(self.progress)
        column.addWidget(close_row(self, self.test, self.use))
        self.resize(680, 620)
        self.test.setFocus()

    def show_state(self, state: AppState) -> None:
        """Draw the suggestion for the settings chosen now."""
        fault = state.faults.get("head")
        if fault is not None:
            self.notice.show_fault(fault)
        else:
            self.notice.clear()
        suggestion = rate_advice.suggestion_now(state)
        job = state.jobs.get("advise_rates")
        self.progress.setText(progress_line(job) if job is not None else "")
        allow(self.test, rate_advice.cannot_test(state))
        self.test.setText("Test again" if suggestion is not None else "Test rates")
        rates = (state.spec.train.lr, state.spec.train.backbone_lr)
        if suggestion is not self._drawn or rates != self._rates:
            self._drawn, self._rates = suggestion, rates
            curves = rate_advice.curves(state, suggestion) if suggestion is not None else []
            for place, part in enumerate(self.parts):
                part.setVisible(place < len(curves))
                if place < len(curves):
                    part.show_curve(curves[place])
            if suggestion is not None and self.isActiveWindow():
                self.use.setFocus()  # the button that was pressed was disabled meanwhile, and lost it
        usable = suggestion is not None and rate_advice.is_usable(suggestion)
        allow(self.use, "" if usable else "Test the rates first." if suggestion is None else "The loss did not fall.")

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
