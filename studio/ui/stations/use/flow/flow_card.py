"""The flow from the photo to its prediction: photo, tensor, features, scores, softmax, each with shape and range."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.events import PredictionTrace
from studio.formatting.language import tr
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.stations.use.flow.step_dialog import StepDialog
from studio.ui.stations.use.flow.step_view import StepView
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.wrapped_label import WrappedLabel

STEPS = 5
COMPUTING = tr("Computing the steps…")


class FlowCard(Card):
    """Five steps with arrows between them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(tr("From the photo to the answer"))
        self._trace: PredictionTrace | None = None
        self._classes: tuple[str, ...] = ()
        self.steps = [StepView(self) for _ in range(STEPS)]
        for number, step in enumerate(self.steps, 1):
            step.setAccessibleName(tr("Step {number} of {steps}").format(number=number, steps=STEPS))
        self._arrows = [QLabel(self) for _ in range(STEPS - 1)]
        row = QHBoxLayout()
        row.setSpacing(2)
        for place, step in enumerate(self.steps):
            if place:
                arrow = self._arrows[place - 1]
                arrow.setAlignment(Qt.AlignmentFlag.AlignCenter)
                row.addWidget(arrow)
            row.addWidget(step, 1)
            step.clicked.connect(self._open)
            allow(step, COMPUTING)
        self.words = WrappedLabel(self)
        theme.set_color_role(self.words, "bad")
        self.body.addLayout(row)
        self.body.addWidget(self.words)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        theme.when_changed(self._apply_theme)
        self._apply_theme()
        self.words.hide()

    def show_trace(self, trace: PredictionTrace | None, state: AppState) -> None:
        """Show the steps of the photo shown; None until they are computed."""
        fault = words.trace_fault(state)
        fault = "" if trace is not None else fault
        self.words.show_text(fault)
        self.words.setVisible(bool(fault))
        self.setAccessibleDescription("" if trace is not None or fault else COMPUTING)
        self.steps[0].show_waiting("" if trace is not None or fault else COMPUTING)
        if trace is self._trace:
            return
        self._trace = trace
        run = state.run
        self._classes = run.dataset.classes if run is not None and run.dataset is not None else ()
        steps = trace.steps if trace is not None else ()
        for place, view in enumerate(self.steps):
            if trace is not None and place < len(steps):
                view.show_step(steps[place], trace, self._classes)
        if trace is not None:
            for place, view in enumerate(self.steps):
                view.setVisible(place < len(steps))
            for place, arrow in enumerate(self._arrows):
                arrow.setVisible(place + 1 < len(steps))
        for view in self.steps:
            allow(view, "" if trace is not None else COMPUTING, view.tip)

    def _open(self) -> None:
        view = self.sender()
        if isinstance(view, StepView) and view.step is not None and self._trace is not None:
            StepDialog(view.step, self._trace, self._classes, self).open()

    def _apply_theme(self) -> None:
        for arrow in self._arrows:
            arrow.setPixmap(theme.icon("arrow-right").pixmap(theme.ICON))
