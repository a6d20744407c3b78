"""The state of the window and the jobs that change it, whatever they are."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from studio.events import Cancelled, Events, Stage
from studio.jobs.job import Job
from studio.jobs.protocol import Stop, Work
from studio.session import reducer
from studio.session.api import Commands
from studio.session.state import AppState
from studio.ui.store.job_runner import JobRunner

PAINT_S = 0.08
"""Time for the page of a training to paint before the work takes the interpreter."""


class StateStore(QObject):
    """Holds the state, starts jobs, and says when the state has changed.

    Signals:
        changed: The new `AppState`; at most once a turn of the event loop.
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
        self._soon.timeout.connect(self._tell)

    def put(self, state: AppState) -> None:
        """Take another state; `changed` comes in the next turn of the event loop."""
        if state is not self.state and not self._closing:
            self.state = state
            self._soon.start()

    def start(self, name: str, arguments: tuple[object, ...] = ()) -> None:
        """Start the job of a command by its name, the same in `Commands` and in the table of kinds."""
        self.submit(name, getattr(self._commands, name)(*arguments))

    def submit(self, name: str, work: Work) -> None:
        """Start a job; one of the same kind that is under way is dropped."""
        if self._closing:
            return
        self.drop(name)
        self.put(reducer.job_started(self.state, name))
        self.begin(name, work)

    def begin(self, name: str, work: Work) -> None:
        """Give a job that the state knows to its thread."""
        ahead = self.jobs.submit(Job(name, _after_paint(work) if name == "train" else work))
        if ahead:
            title = "Starting…" if ahead == "warm_up" else "Waiting for the step before to end"
            self.put(reducer.reduce(self.state, name, Stage("wait", title)))

    def drop(self, name: str) -> None:
        """Cancel a job, and take no more of its events."""
        if self.jobs.drop(name):
            self.put(reducer.reduce(self.state, name, Cancelled()))

    def beside(self, work: Work) -> Job:
        """Start work that changes no state; the caller empties the job's mailbox."""
        job = Job("beside", work)
        self.jobs.submit_unseen(job, "photos")
        return job

    def tell_now(self) -> None:
        """Emit `changed` now where it is due."""
        if self._soon.isActive():
            self._soon.stop()
            self._tell()

    def shut_down(self) -> None:
        """Cancel everything. `finished` comes when the threads have ended, at once where none runs."""
        self._closing = True
        self._soon.stop()
        self.jobs.shut_down()

    def wait(self) -> None:
        """After `shut_down`: block until the threads have ended."""
        self.jobs.wait()

    def _tell(self) -> None:
        self.changed.emit(self.state)


def _after_paint(work: Work) -> Work:
    """The same work, begun once the page that goes with it could be painted."""

    def later(stop: Stop) -> Events:
        time.sleep(PAINT_S)
        yield from work(stop)

    return later
