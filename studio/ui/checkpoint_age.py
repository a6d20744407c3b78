"""The age of the last checkpoint of the run in progress: the work that would be lost if the program were killed now."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget

from studio.events import Checkpoint
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session.selectors import running_run
from studio.session.state import AppState

TICK_MS = 1000


class CheckpointAge(QLabel):
    """Label “Checkpoint saved 12 s ago”, updated every second while a training runs; hidden otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Checkpoint | None = None
        self._since = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._update)
        self.hide()

    def show_state(self, state: AppState) -> None:
        """Show the newest checkpoint of the run in progress."""
        run = running_run(state)
        newest = run.checkpoint if run is not None else None
        if newest is self._shown:
            return
        self._shown = newest
        self.setVisible(newest is not None)
        if newest is None:
            self._timer.stop()
            return
        self._since = time.monotonic()
        self.setToolTip(
            tr("If the program is closed now, the run can be resumed from epoch {epoch:g}").format(epoch=newest.epoch)
        )
        self._timer.start()
        self._update()

    def _update(self) -> None:
        age = time.monotonic() - self._since
        self.setText(
            tr("Checkpoint saved {seconds} ago").format(seconds=numbers.seconds(int(age)))
            if age >= 1
            else tr("Checkpoint saved just now")
        )
