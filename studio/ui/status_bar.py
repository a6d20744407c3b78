"""The status bar: the device, the run shown, and the progress of the running job."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStatusBar, QToolButton, QWidget

from studio.events import RunSummary, Saved
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.evaluation import judging
from studio.session.jobs import job_kinds, job_words
from studio.session.runs import run_list, run_words
from studio.session.state import AppState, JobState
from studio.ui.checkpoint_age import CheckpointAge
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.key_names import named
from studio.ui.widgets.progress_line import ProgressLine

PROGRESS_WIDTH = 440
"""Minimum width of the progress, in which title, bar and figures fit in any usual font."""


class StatusLine(QStatusBar):
    """The window's status bar.

    Signals:
        stop_requested: The user pressed the button beside the progress.
        resume_requested: Resume the interrupted run in this folder.
    """

    stop_requested = Signal()
    resume_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._saved: tuple[Saved | None, str] = (None, "")
        inner = QWidget(self)
        row = QHBoxLayout(inner)
        row.setContentsMargins(16, 2, 16, 2)
        row.setSpacing(24)
        self._device = QLabel(inner)
        self._shown = ElidedLabel(inner)
        self._shown.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # gives way to the progress
        self._last = QLabel(inner)
        self._last.setTextFormat(Qt.TextFormat.PlainText)
        self.checkpoint = CheckpointAge(inner)
        self._quiet = QLabel(tr("Ready"), inner)
        self.offer = QPushButton(inner)
        self.offer.setAccessibleName(tr("Resume the last run"))
        self.offer.setProperty("role", "link")
        self.offer.setVisible(False)
        self.offer.clicked.connect(self._resume)
        self._offered: RunSummary | None = None
        self._progress = ProgressLine(inner)
        self._progress.setMinimumWidth(PROGRESS_WIDTH)
        self._progress.setMaximumWidth(720)
        self._stop = QToolButton(inner)
        self._stop.setAccessibleName(tr("Stop"))
        self._stop.setToolTip(tr("Stop ({stop_key})").format(stop_key=named(job_words.STOP_KEY)))
        self._stop.clicked.connect(self.stop_requested)
        row.addWidget(self._device)
        row.addWidget(self._shown)
        row.addWidget(self._last)
        row.addWidget(self.checkpoint)
        row.addWidget(self.offer)  # left of the progress, which appears and disappears and must not move it
        row.addStretch(1)
        row.addWidget(self._quiet)
        row.addWidget(self._progress, 100)  # all free space, up to its maximum width
        row.addWidget(self._stop)
        inner.setFixedHeight(max(28, self.fontMetrics().height() + 12))
        self.addWidget(inner, 1)
        theme.when_changed(self._apply_theme)
        self._apply_theme()

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        device = state.run.started.device if state.run is not None else "cpu"
        self._device.setText(f"{device.upper()} · {counted(os.cpu_count() or 1, 'core')}")
        self._name_run(state)
        self.checkpoint.show_state(state)
        job = shown_job(state)
        self._progress.show_state(job)
        self._quiet.setVisible(job is None)
        self._quiet.setText(tr("Ready") if state.engine_ready else "")
        self._stop.setVisible(job is not None and job_kinds.kind_of(job.name).stop == "button")
        allow(self._stop, tr("The job is stopping.") if job is not None and job.stopping else "")
        self._offer(run_list.run_to_resume(state), state.spec.dataset.folder)

    def say(self, text: str) -> None:
        """Show a sentence beside the run, until something is saved or another run is shown."""
        self._last.setText(text)
        self._last.setToolTip("")
        self._last.setVisible(True)

    def _name_run(self, state: AppState) -> None:
        """Show the run and its epoch, followed by what was saved last, until another run is shown."""
        run = state.run
        # For a running run, the progress beside it counts the epochs, and needs the space.
        epoch = ""
        if run is not None and run.status != "running":
            chosen = judging.choice(state).weights
            epoch = run_words.epoch(run, judging.epoch_of(run, chosen) if chosen is not None else 0)
        named = ", ".join(filter(None, (run_words.shown(state), epoch)))
        self._shown.show_text(tr("Shown: {named}").format(named=named) if named else "")
        self._shown.setVisible(bool(named))
        self._shown.setToolTip(typography.tip(typography.one_line(run.started.run)) if run is not None else "")
        path = run.started.run if run is not None else ""
        saved, shown_then = self._saved
        if state.saved is not saved:
            is_file = state.saved is not None and state.saved.kind in ("head", "project")
            now = QTime.currentTime().toString("HH:mm")
            self._last.setText(
                tr("Saved {name} · {now}").format(name=typography.one_line(Path(state.saved.path).name), now=now)
                if state.saved and is_file
                else ""
            )
            self._last.setToolTip(
                typography.tip(typography.one_line(state.saved.path)) if state.saved and is_file else ""
            )
        elif path != shown_then:
            self._last.clear()
        self._last.setVisible(bool(self._last.text()))
        self._saved = (state.saved, path)

    def _offer(self, run: RunSummary | None, folder: str) -> None:
        """Offer to resume the last run if it was interrupted, with its folder of photos if another one is open."""
        self._offered = run
        self.offer.setVisible(run is not None)
        if run is None:
            return
        of = run.spec.dataset.folder
        named = f" of {typography.one_line(Path(of).name)}" if folder and not run_list.same_folder(of, folder) else ""
        text = tr("The last run{named} was {progress_words}. Resume it").format(
            named=named, progress_words=run_list.progress_words(run)
        )
        if text != self.offer.text():
            self.offer.setText(text)
            self.offer.setToolTip(
                typography.tip(typography.one_line(f"{Path(run.spec.dataset.folder).name}: {run.path}"))
            )

    def _resume(self) -> None:
        if self._offered is not None:
            self.resume_requested.emit(self._offered.path)

    def _apply_theme(self) -> None:
        self._stop.setIcon(theme.icon("stop", theme.current().text))


def shown_job(state: AppState) -> JobState | None:
    """The job whose progress is shown."""
    return state.jobs.get(job_kinds.shown_first(state.jobs))
