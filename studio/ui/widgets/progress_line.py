"""One line for a running job: its title, a progress bar and its figures.

The parts are placed here and not by a layout: the figures change their width ten times a second, and a layout would
measure and paint the whole page each time.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.jobs import job_words
from studio.session.state import JobState
from studio.ui.theme import theme

STEPS = 1000
GAP = 12
LEAST_BAR = 48


class ProgressBar(QProgressBar):
    """A bar that is painted together with everything else.

    Qt's own bar paints itself at once in `setValue`, and with it every other widget that waits to be painted: a page
    that had just changed was painted with the bar, and again after its other changes.
    """

    def setValue(self, value: int) -> None:
        """Show another value at the next paint."""
        if value != self.value():
            self.setUpdatesEnabled(False)
            super().setValue(value)
            self.setUpdatesEnabled(True)


class ProgressLine(QWidget):
    """Title at the left, figures at the right, the bar between them. Hidden while no job runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: JobState | None = None
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._figures = QLabel(self)
        self._texts = ("", "")
        self._figures.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_color_role(self._figures, "muted")
        self._bar = ProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_state(self, job: JobState | None) -> None:
        """Draw the running job, or hide."""
        if job is self._drawn:
            return
        self._drawn = job
        self.setVisible(job is not None)
        if job is None:
            return
        self._texts = job_words.title_of(job), job_words.figures_of(job)
        line = job_words.progress_line(job)
        self.setAccessibleName(line)
        self.setToolTip(typography.tip(line))
        far = job.progress
        if far is not None and far.total > 0 and not job.stopping:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(STEPS * min(1.0, far.done / far.total)))
        else:  # an empty bar, because a busy animation would repaint the window all the time
            self._bar.setRange(0, STEPS)
            self._bar.setValue(0)
        self._place()

    def _place(self) -> None:
        """Place the full title, the figures as far as they fit, and the bar in the remaining space."""
        high, wide, metrics = self.height(), self.width(), self.fontMetrics()
        title, figures = (metrics.horizontalAdvance(text) + 1 if text else 0 for text in self._texts)
        title = min(title, max(0, wide - LEAST_BAR - GAP))
        left = title + GAP if title else 0
        figures = min(figures, max(0, wide - left - LEAST_BAR - GAP))
        self._title.setGeometry(0, 0, title, high)
        self._figures.setGeometry(wide - figures, 0, figures, high)
        for label, text, room in ((self._title, self._texts[0], title), (self._figures, self._texts[1], figures)):
            label.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
        thick = min(high, self._bar.sizeHint().height())
        self._bar.setGeometry(left, (high - thick) // 2, wide - left - (figures + GAP if figures else 0), thick)

    def sizeHint(self) -> QSize:
        """One line, independent of the text."""
        return QSize(240, max(self.fontMetrics().height(), self._bar.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        """Small: the texts are elided before the page grows."""
        return QSize(LEAST_BAR, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Place the parts again after a change of font or style."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the parts again."""
        super().resizeEvent(event)
        self._place()
