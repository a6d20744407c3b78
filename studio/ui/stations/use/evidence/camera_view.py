"""What a camera sees, with the answer for it; a picture can be taken and is then a photo of the list."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.events import CameraSeen
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.photos.image_view import Picture
from studio.ui.stations.use.evidence.answer_card import AnswerCard
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.fields.narrow_combo import NarrowCombo
from studio.ui.widgets.wrapped_label import WrappedLabel

CAMERAS = 8
"""Cameras to choose from: their number is not known before one is opened."""
STARTING = tr("Opening the camera…")
NOTHING_YET = tr("There is no picture yet.")
STOPPED = tr("The camera was stopped.")


class CameraView(QWidget):
    """The picture, the answer, and the buttons.

    Signals:
        camera_requested: Watch the camera of this number.
        taken: Picture of the camera to put on the list, a QImage.
        closed: Free the camera and show the photos again.
    """

    camera_requested = Signal(int)
    taken = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen: CameraSeen | None = None
        card = Card(tr("Camera"), self)
        entries = [(str(number), tr("camera {number}").format(number=number)) for number in range(CAMERAS)]
        self.cameras = NarrowCombo(tr("Camera"), 9, tr("Number of the camera"), entries, self)
        self.cameras.activated.connect(self.start)
        card.header.addWidget(self.cameras)
        self.picture = Picture(self)
        self.picture.setAccessibleName(tr("What the camera sees"))
        self.picture.centered = True
        self.words = WrappedLabel(self)
        self.take = QPushButton(tr("Take picture"), self)
        self.take.setToolTip(tr("Put this picture on the list, with its steps and its heatmap"))
        self.take.clicked.connect(self._take)
        self.again = QPushButton(tr("Try again"), self)
        self.again.setToolTip(tr("Open the camera again"))
        self.again.clicked.connect(self.start)
        self.stop = QPushButton(tr("Close camera"), self)
        self.stop.setToolTip(tr("Free the camera and show the photos again"))
        self.stop.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.take, self.again):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.stop)
        card.body.addWidget(self.words)  # above the picture: in a low window, what is below it is out of sight
        card.body.addWidget(self.picture, 1)
        card.body.addLayout(row)
        card.body.addStretch(0)
        self.answer = AnswerCard(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.answer)
        column.addWidget(card, 1)

    def start(self) -> None:
        """Ask for the chosen camera."""
        self.camera_requested.emit(int(self.cameras.currentData()))

    def show_state(self, state: AppState) -> None:
        """Draw the last picture, or why there is none."""
        fault, is_live = words.camera_fault(state), "watch_camera" in state.jobs
        seen = state.seen if state.run is not None and state.seen is not None else None
        if seen is not None and state.run is not None and seen.run != state.run.id:
            seen = None
        if seen is not self._seen:
            self._seen = seen
            self.picture.show_pixels(seen.pixels if seen is not None else None)
        self.answer.setVisible(seen is not None)
        self.picture.setVisible(seen is not None)
        if seen is not None:
            self.answer.show_photo(seen.photo, state, state.run.decision if state.run is not None else None)
        text = fault or (STARTING if is_live and seen is None else "" if is_live else STOPPED)
        theme.set_color_role(self.words, "bad" if fault else "muted")
        self.words.show_text(typography.unbroken(text))
        self.words.setVisible(bool(text))
        self.again.setVisible(not is_live)
        allow(self.take, "" if seen is not None else NOTHING_YET)

    def _take(self) -> None:
        if self._seen is not None:
            pixels = self._seen.pixels
            high, wide = pixels.shape[:2]
            self.taken.emit(QImage(pixels.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888).copy())
