"""The state of the window and the jobs that change it, without the commands of single pages."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from studio.events import Cancelled, Events, Stage
from studio.jobs.job import Job
from studio.jobs.protocol import Stop, Work
from studio.session import reducer
from studio.session.api import Commands
from studio.session.state import AppState
from studio.system.process import memory
from studio.ui.store.job_runner import JobRunner
from studio.ui.system import responsiveness

PAINT_S = 0.08
"""Seconds that a run waits, so that its page can paint before the work keeps the interpreter busy."""


RELEASE_MS = 500
"""Time after which no page refers to the former data set any more."""


class StateStore(QObject):
    """Holds the state, starts jobs, and signals changes of the state.

    Signals:
        changed: The new `AppState`; at most once per turn of the event loop.
        finished: After `shut_down`: every thread has ended.
    """

    changed = Signal(object)
    finished = Signal()

    def __init__(self, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = AppState()
        self._commands = commands
        self.jobs = JobRunner(self)
        self.jobs.finished.connect(self.finished)
        self._closing = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._emit_changed)

    def put(self, state: AppState) -> None:
        """Replace the state; `changed` is emitted in the next turn of the event loop."""
        if state is not self.state and not self._closing:
            self.state = state
            self._soon.start()

    def start(self, name: str, arguments: tuple[object, ...] = ()) -> None:
        """Start a job by its name, which is the same in `Commands` and in the table of job kinds."""
        self.submit(name, getattr(self._commands, name)(*arguments))

    def submit(self, name: str, work: Work) -> None:
        """Start a job; a running one of the same kind is dropped."""
        if self._closing:
            return
        self.drop(name)
        self.put(reducer.job_started(self.state, name))
        self.begin(name, work)

    def begin(self, name: str, work: Work) -> None:
        """Submit a job that is already in the state to its thread."""
        ahead = self.jobs.submit(Job(name, _after_paint(work) if name == "train" else work))
        if ahead:
            title = "Starting…" if ahead == "warm_up" else "Waiting for the previous job to end"
            self.put(reducer.reduce(self.state, name, Stage("wait", title)))

    def drop(self, name: str) -> None:
        """Cancel a job and discard its further events."""
        if self.jobs.drop(name):
            self.put(reducer.reduce(self.state, name, Cancelled()))

    def stop_job(self, name: str) -> None:
        """Stop a job; do nothing where it does not run."""
        if self.jobs.stop(name):
            self.put(reducer.job_stopping(self.state, name))

    def start_detached(self, work: Work) -> Job:
        """Start work that does not change the state; the caller empties the job's mailbox."""
        job = Job("detached", work)
        self.jobs.submit_detached(job, "photos")
        return job

    def release_memory_soon(self) -> None:
        """Free the memory of the former data set once nothing shows it: the job that replaced it could not yet."""
        QTimer.singleShot(RELEASE_MS, self, lambda: self.start_detached(_release_memory()))

    def emit_now(self) -> None:
        """Emit a pending `changed` at once."""
        if self._soon.isActive():
            self._soon.stop()
            self._emit_changed()

    def shut_down(self) -> None:
        """Cancel everything. `finished` is emitted when the threads have ended, at once if none runs."""
        self._closing = True
        self._soon.stop()
        self.jobs.shut_down()

    def wait(self) -> None:
        """After `shut_down`: block until the threads have ended."""
        self.jobs.wait()

    def _emit_changed(self) -> None:
        opening = self.state.jobs.get("open_run")
        if opening is not None and opening.run is not None:
            return  # its other events follow at once, so drawing a part of the run would be wasted
        # Pages are drawn in many short calls, each of which could wait for the interpreter.
        with responsiveness.uninterrupted():
            self.changed.emit(self.state)


def _release_memory() -> Work:
    """Work that gives freed memory back to the operating system."""

    def work(_stop: Stop) -> Events:
        memory.release_unused()
        yield from ()

    return work


def _after_paint(work: Work) -> Work:
    """The work, begun after a pause in which its page is painted."""

    def later(stop: Stop) -> Events:
        time.sleep(PAINT_S)
        yield from work(stop)

    return later
