"""The middle of the Use page: the photo shown with its steps, answer and evidence, or what a camera sees."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.events import GivenPhoto
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.selectors import ranges_of_run
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.stations.use.evidence.answer_card import AnswerCard
from studio.ui.stations.use.evidence.camera_view import CameraView
from studio.ui.stations.use.evidence.distance_card import DistanceCard
from studio.ui.stations.use.evidence.heat_card import HeatCard
from studio.ui.stations.use.flow.flow_card import FlowCard
from studio.ui.theme import theme
from studio.ui.widgets.splitter import Panels

FIRST = tr("Drop photos or a folder anywhere on this page: the answer appears here, with the evidence for it.")

LATER_MS = 120
"""Time that a photo is shown before its steps are computed: the user may be going through the list with the arrows."""

NOTHING, PHOTO, CAMERA = range(3)
"""Indices in the stack."""


class PhotoView(QWidget):
    """One of: a sentence, a photo with its evidence, the camera.

    Signals:
        job_requested: Start a job: its name and the arguments of its command.
    """

    job_requested = Signal(str, tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._photo: GivenPhoto | None = None
        self._asked: tuple[object, ...] = ()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self._ask)
        self.nothing = QLabel(self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.answer = AnswerCard(self)
        self.heat = HeatCard(self)
        self.heat.requested.connect(lambda asked: self.job_requested.emit("heatmap", asked))
        shown = QWidget(self)
        self.cards = QVBoxLayout(shown)
        self.cards.setContentsMargins(0, 0, 0, 0)
        self.cards.setSpacing(12)
        self.flow = FlowCard(self)
        self.distance = DistanceCard(self)
        parts = (self.heat, self.distance)
        self.evidence = Panels(Qt.Orientation.Horizontal, parts, (480, 420), (1, 1), "use_evidence", self)
        self.cards.addWidget(self.flow)
        self.cards.addWidget(self.answer)
        self.cards.addWidget(self.evidence, 1)
        self.cards.addStretch(0)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.nothing)
        self.stack.addWidget(shown)
        self.camera = CameraView(self)
        self.stack.addWidget(self.camera)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack, 1)

    def show_photo(self, photo: GivenPhoto | None, state: AppState, watches: bool) -> bool:
        """Draw a photo of the list, or the camera where `watches` is true; returns True where the photo is shown."""
        fault, obstacle = words.prediction_fault(state), words.obstacle(state)
        theme.set_color_role(self.nothing, "bad" if fault else "muted")
        self.nothing.setText(typography.unbroken(fault or obstacle or FIRST))
        watches = watches and not obstacle
        is_shown = photo is not None and not fault and not obstacle and not watches
        self._photo, self._state = photo if is_shown else None, state
        self.stack.setCurrentIndex(CAMERA if watches else PHOTO if is_shown else NOTHING)
        if watches:
            self.camera.show_state(state)
        if self._photo is not None:
            self.answer.show_photo(self._photo, state)
            self._show_trace(self._photo, state)
        self.heat.show_photo(self._photo, state)
        return is_shown

    def shut_down(self) -> None:
        """End the threads that decode photos, and the timer."""
        self.heat.shut_down()
        self.distance.shut_down()
        self._later.stop()

    def _show_trace(self, photo: GivenPhoto, state: AppState) -> None:
        """Show the steps of the photo, and request them where they are not computed yet."""
        trace = words.trace_now(state) if not photo.why else None
        for part in (self.flow, self.evidence):
            part.setVisible(not photo.why)
        self.flow.show_trace(trace, state)
        self.distance.show_trace(trace, ranges_of_run(state))
        asked = (state.given.run, photo.path, state.given.weights, state.given.rule, photo.epoch)
        if trace is None and not photo.why and asked != self._asked and words.are_of_run(state):
            self._asked = asked
            self._later.start()

    def _ask(self) -> None:
        """Request the steps of the photo shown."""
        photo, given = self._photo, self._state.given
        if photo is not None and given.run and words.trace_now(self._state) is None:
            self.job_requested.emit("trace_given", (given.run, photo.path, given.weights))
