"""Dialog that replays a run: what it does, its progress, and the result with its reasons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from studio.events import RunReplayed, RunSummary
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.runs import replaying, run_words
from studio.session.state import AppState
from studio.ui.theme import theme
from studio.ui.widgets.close_row import close_row
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.progress_line import ProgressLine


class ReplayDialog(QDialog):
    """Replays one run; not modal, so the window stays usable.

    Signals:
        start_requested: Folder of the run to replay.
        stop_requested: Stop the replay.
    """

    start_requested = Signal(str)
    stop_requested = Signal()

    def __init__(self, run: RunSummary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("replay")
        self.setWindowTitle(tr("Replay run"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.run = run
        self._began = False
        self._former: RunReplayed | None = None
        self._newest: RunReplayed | None = None
        of = QLabel(typography.one_line(f"{run_words.title(run)} · {run_words.clock(run.started)}"), self)
        of.setTextFormat(Qt.TextFormat.PlainText)
        of.setWordWrap(True)
        theme.set_color_role(of, "muted")
        about = QLabel(replaying.about(run), self)
        about.setWordWrap(True)
        self.beside = QLabel(self)
        self.beside.setWordWrap(True)
        theme.set_color_role(self.beside, "caution")
        self.notice = Notice(self)
        self.progress = ProgressLine(self)
        self.title = QLabel(self)
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(tr("Reasons and differences"))
        policy = self.details.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # hidden, it would leave its height to the lines above
        self.details.setSizePolicy(policy)
        self.start = QPushButton(tr("&Replay"), self)
        self.start.clicked.connect(self._start)
        self.stop = QPushButton(tr("&Stop"), self)
        self.stop.clicked.connect(self.stop_requested)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for part in (of, about, self.beside, self.notice, self.progress, self.title):
            column.addWidget(part)
        column.addWidget(self.details, 1)
        column.addWidget(close_row(self, self.start, self.stop))
        resize_dialog(self, 600, 380)
        self.start.setFocus()

    def show_state(self, state: AppState) -> None:
        """Draw progress and result."""
        job = state.jobs.get("replay")
        self.progress.setVisible(job is not None)
        self.progress.show_state(job)
        self.beside.setText(replaying.beside(state))
        self.beside.setVisible(bool(self.beside.text()))
        self.notice.show_fault(state.faults.get("head") if self._began and job is None else None)
        allow(self.start, replaying.cannot_start(state))
        allow(self.stop, "" if job is not None and not job.stopping else tr("Nothing is running."))
        result = state.replayed
        shown = result is not None and result.run == self.run.path and job is None
        stopped = self._began and job is None and result is self._former and self.notice.isHidden()
        self._newest = result
        shown = shown and not stopped
        self.title.setVisible(shown or stopped)
        self.details.setVisible(shown)
        if stopped:
            self.title.setText(tr("Stopped."))
        if shown and result is not None:
            self.title.setText(replaying.title(result))
            text = replaying.details(result)
            if text != self.details.toPlainText():
                self.details.setPlainText(text)

    def _start(self) -> None:
        self._began, self._former = True, self._newest
        self.start_requested.emit(self.run.path)
