"""The ribbon at the top: the stations of the pipeline, for navigation, which share its width evenly."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session import selectors
from studio.session.jobs import job_words
from studio.session.ribbon import summaries
from studio.session.state import STATIONS, AppState
from studio.ui.station_button import StationButton
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow


class Ribbon(QFrame):
    """The stations with arrows between them, and the button Train or Stop.

    Signals:
        station_requested: Show the station of this name.
        train_requested: The user pressed Train.
        stop_requested: The user pressed Stop.
    """

    station_requested = Signal(str)
    train_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAccessibleName(tr("Pipeline"))
        self._training = False
        self._buttons = [StationButton(number, self) for number in range(1, len(STATIONS) + 1)]
        self._primary = QPushButton(self)
        self._primary.setProperty("role", "primary")
        self._primary.setIconSize(theme.ICON)
        # So that a click commits a half-typed number, on macOS, too.
        self._primary.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._primary.clicked.connect(self._pressed)
        self._arrows: list[QLabel] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(4)
        for number, button in enumerate(self._buttons):
            if number:
                row.addWidget(self._arrow())
            row.addWidget(button, 1)
            button.clicked.connect(self._clicked)
            button.moved.connect(self._go)
        row.addWidget(self._arrow())
        row.addWidget(self._primary)
        theme.when_changed(self._apply_theme)
        self._apply_theme()

    def show_state(self, state: AppState) -> None:
        """Draw the state; cheap if nothing changed."""
        for button, summary in zip(self._buttons, summaries(state), strict=True):
            button.show_state(summary)
        no_folder = "" if state.spec.dataset.folder else tr("Open an image folder first.")
        for button in self._buttons:
            allow(button, no_folder, button.tip)
        job = selectors.training(state)
        if self._training != (job is not None):
            self._training = job is not None
            self._apply_theme()
        missing = state.to_download
        size = numbers.download_size(missing) if missing is not None else ""
        ready = (
            tr("Train; asks before it downloads weights ({size})").format(size=size)
            if size
            else tr("Train with these settings")
        )
        if job is not None:
            stopping = tr("The training is stopping.") if job.stopping else ""
            allow(self._primary, stopping, tr("Stop the training ({stop_key})").format(stop_key=job_words.STOP_KEY))
        else:
            allow(self._primary, selectors.obstacle(state), tr("{ready} (Ctrl+Return, F5)").format(ready=ready))

    def show_station(self, name: str) -> None:
        """Highlight the station shown; "" for none."""
        for station, button in zip(STATIONS, self._buttons, strict=True):
            button.setChecked(station == name)

    def button(self, name: str) -> StationButton:
        """The button of a station."""
        return self._buttons[[str(station) for station in STATIONS].index(name)]

    def primary(self) -> QPushButton:
        """The button Train or Stop."""
        return self._primary

    def _arrow(self) -> QLabel:
        label = QLabel(self)
        label.setFixedWidth(14)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._arrows.append(label)
        return label

    def _apply_theme(self) -> None:
        shades = theme.current()
        self._primary.setText(tr("Stop") if self._training else tr("Train"))
        self._primary.setAccessibleName(self._primary.text())
        self._primary.setIcon(theme.icon("stop" if self._training else "play", shades.accent_text))
        self._primary.setMinimumWidth(96)
        for arrow in self._arrows:
            arrow.setPixmap(theme.icon("chevron-right", shades.muted).pixmap(theme.ICON))
        self.update()

    def _clicked(self) -> None:
        number = self._buttons.index(self.sender())  # type: ignore[arg-type]
        self._go(number)

    def _go(self, number: int) -> None:
        if 0 <= number < len(STATIONS) and self._buttons[number].isEnabled():
            self._buttons[number].setFocus(Qt.FocusReason.OtherFocusReason)
            self.station_requested.emit(STATIONS[number])

    def _pressed(self) -> None:
        (self.stop_requested if self._training else self.train_requested).emit()
