"""Shown in place of results that are not computed: what is missing, and a button that starts or stops the job."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.formatting.language import tr
from studio.session.evaluation import judging, judging_words
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.progress_line import ProgressLine

WIDTH = 560


class PendingPart(QWidget):
    """A sentence, the progress, and the button.

    Signals:
        judgment_requested: Judge the chosen part.
        stop_requested: Stop the evaluation.
    """

    judgment_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._running = False
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(self.words, "muted")
        self.progress = ProgressLine(self)
        self.button = QPushButton(tr("Judge the photos"), self)
        self.button.clicked.connect(self._clicked)
        inner = QWidget(self)
        inner.setMaximumWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self.words)
        column.addWidget(self.progress)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(inner, 10)
        row.addStretch(1)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        job = state.jobs.get(judging.JOB)
        self._running = job is not None
        self.progress.show_state(job)
        text = judging_words.pending(state)
        if text != self.words.text():
            self.words.setText(text)
        self.button.setText(tr("Stop") if job is not None else judging_words.judge_button(state))
        allow(self.button, tr("The job is stopping.") if job is not None and job.stopping else "")

    def _clicked(self) -> None:
        (self.stop_requested if self._running else self.judgment_requested).emit()
