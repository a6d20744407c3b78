"""List of the queued trainings: one line each, with a button that removes it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.session.runs import run_queue
from studio.session.state import AppState, QueuedRun
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel

MOST = 3
"""Number of lines shown; further trainings are only counted."""


class QueueList(QWidget):
    """The queue; hidden while it is empty.

    Signals:
        remove_requested: Number of the waiting training to remove.
        start_requested: Start the first waiting training.
    """

    remove_requested = Signal(int)
    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: tuple[QueuedRun, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._title = QLabel(self)
        theme.set_color_role(self._title, "muted")
        self.start = QToolButton(self)
        self.start.setText("Start")
        self.start.setAccessibleName("Start the queue")
        self.start.setToolTip("Train these runs one after the other")
        self.start.clicked.connect(self.start_requested)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._title, 1)
        row.addWidget(self.start)
        self._column.addLayout(row)
        self.lines: list[tuple[QWidget, ElidedLabel, QToolButton]] = [self._line() for _ in range(MOST)]
        self.hide()

    def show_state(self, state: AppState) -> None:
        """Draw the queue."""
        self.start.setVisible(not run_queue.cannot_start(state))
        if state.queue == self._drawn:
            return
        self._drawn = state.queue
        self.setVisible(bool(state.queue))
        more = len(state.queue) - MOST
        self._title.setText("In the queue" + (f" ({more} more not shown)" if more > 0 else ""))
        for (line, text, _), run in zip(self.lines, (*state.queue, *[None] * MOST), strict=False):
            line.setVisible(run is not None)
            if run is not None:
                text.show_text(run_queue.words(run))

    def _line(self) -> tuple[QWidget, ElidedLabel, QToolButton]:
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        text = ElidedLabel(line)
        button = QToolButton(line)
        button.setText("Remove")
        button.setToolTip("Remove this run from the queue")
        button.setAccessibleName("Remove from the queue")
        button.clicked.connect(self._remove)
        row.addWidget(text, 1)
        row.addWidget(button)
        self._column.addWidget(line)
        return line, text, button

    def _remove(self) -> None:
        place = next((n for n, (_, _, button) in enumerate(self.lines) if button is self.sender()), MOST)
        if place < len(self._drawn):
            self.remove_requested.emit(self._drawn[place].number)
