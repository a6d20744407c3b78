"""One line for a job under way: what it does, a bar, and how far it is.

The parts are placed here and not by a layout: ten times a second the words change their width, and a layout would
pass that on to the whole page, which would be measured and painted anew each time.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QWidget

from studio.formatting import typography
from studio.session import job_words
from studio.session.state import JobState
from studio.ui.theme import theme

STEPS = 1000
GAP = 12
LEAST_BAR = 48


class ProgressLine(QWidget):
    """Title at left, figures at right, the bar between them. Hidden while there is no job."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: JobState | None = None
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._figures = QLabel(self)
        self._told = ("", "")
        self._figures.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_color_role(self._figures, "muted")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_state(self, job: JobState | None, planned: str = "") -> None:
        """Draw a job, or nothing.

        Args:
            job: What is under way.
            planned: The epochs of a training as they are written elsewhere, "3 + 10"; "" where there are none.
        """
        if job is self._drawn:
            return
        self._drawn = job
        self.setVisible(job is not None)
        if job is None:
            return
        self._told = job_words.title_of(job), job_words.figures_of(job, planned)
        line = job_words.progress_line(job, planned)
        self.setAccessibleName(line)
        self.setToolTip(typography.tip(line))
        far = job.progress
        if far is not None and far.total > 0 and not job.stopping:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(STEPS * min(1.0, far.done / far.total)))
        else:  # a bar that stands still and empty; an endless animation would redraw the window all the time
            self._bar.setRange(0, STEPS)
            self._bar.setValue(0)
        self._place()

    def _place(self) -> None:
        """The title whole, the figures as far as there is room, the bar in what is left."""
        high, wide, metrics = self.height(), self.width(), self.fontMetrics()
        title, figures = (metrics.horizontalAdvance(text) + 1 if text else 0 for text in self._told)
        title = min(title, max(0, wide - LEAST_BAR - GAP))
        left = title + GAP if title else 0
        figures = min(figures, max(0, wide - left - LEAST_BAR - GAP))
        self._title.setGeometry(0, 0, title, high)
        self._figures.setGeometry(wide - figures, 0, figures, high)
        for label, text, room in ((self._title, self._told[0], title), (self._figures, self._told[1], figures)):
            label.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
        thick = min(high, self._bar.sizeHint().height())
        self._bar.setGeometry(left, (high - thick) // 2, wide - left - (figures + GAP if figures else 0), thick)

    def sizeHint(self) -> QSize:
        """One line, whatever it says."""
        return QSize(240, max(self.fontMetrics().height(), self._bar.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        """The words are cut before the page is widened."""
        return QSize(LEAST_BAR, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Another font or style measures otherwise."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other room."""
        super().resizeEvent(event)
        self._place()
