"""Dialog with a result that a job computes on request: advice on settings, or a forecast of the run."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.session.jobs.job_kinds import KINDS
from studio.session.jobs.job_words import progress_line
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.close_row import close_row
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice


class AdviceDialog(QDialog):
    """Explanation, error, result, progress of the job and buttons; not modal, so the window stays usable.

    A subclass makes the parts of the result, gives them to `arrange` and draws them in `show_state`.

    Args:
        kind: Kind of the job, as in `job_kinds.KINDS`.
        title: Title of the window.
        about: What is computed, in one or a few sentences.
        start: Text of the button that starts the job.
        again: Text of the same button once there is a result.
        parent: Owner.
    """

    def __init__(self, kind: str, title: str, about: str, start: str, again: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._kind, self._start_texts = kind, (start, again)
        self.setWindowTitle(title)
        self._about = QLabel(about, self)
        self._about.setWordWrap(True)
        self.notice = Notice(self)
        self.progress = QLabel(self)
        theme.set_color_role(self.progress, "muted")
        self.start = QPushButton(start, self)

    def arrange(self, *parts: QWidget, buttons: tuple[QPushButton, ...] = ()) -> None:
        """Lay out the dialog: the parts of the result, of which the first takes the free height, then the buttons."""
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self._about)
        column.addWidget(self.notice)
        for place, part in enumerate(parts):
            column.addWidget(part, 0 if place else 1)
        column.addWidget(self.progress)
        column.addWidget(close_row(self, self.start, *buttons))
        self.start.setFocus()

    def show_state(self, state: AppState) -> None:
        """Draw the result for the choices in this state."""
        raise NotImplementedError

    def open_with(self, state: AppState) -> None:
        """Open the dialog, or bring it to the front."""
        self.show_state(state)
        self.show()
        self.raise_()

    def show_job(self, state: AppState, cannot_start: str, done: bool) -> None:
        """Draw all but the result.

        Args:
            state: State of the window.
            cannot_start: Why the job cannot start now; "" where it can.
            done: True where the dialog shows a result.
        """
        self.notice.show_fault(state.faults.get(KINDS[self._kind].page))
        job = state.jobs.get(self._kind)
        self.progress.setText(progress_line(job) if job is not None else "")
        allow(self.start, cannot_start)
        self.start.setText(self._start_texts[done])
