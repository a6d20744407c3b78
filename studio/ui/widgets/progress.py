"""One line for a job under way: what it does, a bar, and how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from studio.ui import theme, words
from studio.workbench.state import JobState

STEPS = 1000


class ProgressLine(QWidget):
    """Title at left, figures at right, the bar between them. Hidden while there is no job."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: JobState | None = None
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._figures = QLabel(self)
        self._figures.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.tone(self._figures, "muted")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._bar.setMinimumWidth(48)
        self._bar.setAccessibleName("Progress")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._title)
        row.addWidget(self._bar, 1)
        row.addWidget(self._figures)
        self.hide()

    def render(self, job: JobState | None) -> None:  # type: ignore[override]
        """Draw a job, or nothing."""
        if job is self._drawn:
            return
        self._drawn = job
        self.setVisible(job is not None)
        if job is None:
            return
        self._title.setText(words.title_of(job))
        self._figures.setText(words.figures_of(job))
        self.setAccessibleName(words.progress_line(job))
        far = job.progress
        if far is not None and far.total > 0 and not job.stopping:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(STEPS * min(1.0, far.done / far.total)))
        else:  # a bar that stands still and empty; an endless animation would redraw the window all the time
            self._bar.setRange(0, STEPS)
            self._bar.setValue(0)
