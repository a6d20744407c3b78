"""Runs jobs in threads and hands their events to the window's thread."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio.events import Cancelled, Done, Event, Failed
from studio.jobs.job import Job
from studio.session.jobs import job_kinds
from studio.ui.store.job_thread import JobThread
from studio.ui.system.turns import turns

TICK_MS = 50
BUDGET_S = 0.012
"""Time that a tick may spend on events; remaining events wait for the next tick."""

PAUSE_S = 0.015
"""Shortest time between the end of one tick and the next."""

PATIENCE_S = 0.8
"""Seconds after which a stopped job that has not ended is abandoned."""

ENDS = Done | Cancelled | Failed


@dataclass
class _Live:
    """A job whose events are still processed."""

    job: Job
    thread: JobThread
    abandon_at: float | None = None


class JobRunner(QObject):
    """Runs at most one job of each kind at a time, in the thread of its kind.

    A timer runs while there is work: it empties the jobs' mailboxes, and abandons a stopped job that does not end
    within `PATIENCE_S`, so that Stop takes effect even while the thread is busy with an import. Later events of that
    job are discarded with its mailbox.

    Signals:
        received: Name of a job and its next event; the last one ends it.
        ticked: All events of this tick were emitted.
        finished: After `shut_down`: every thread has ended.

    Attributes:
        threads: Threads by the name that `job_kinds` gives them.
    """

    received = Signal(str, object)
    ticked = Signal()
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live: dict[str, _Live] = {}
        self._closing = False
        self.threads: dict[str, JobThread] = {name: JobThread(name, self) for name in job_kinds.THREADS}
        for thread in self.threads.values():
            thread.finished.connect(self._thread_ended)
            # Without waiting for the timer, which would double the time of a look that takes 40 ms.
            thread.job_ended.connect(self._tick_if_live, Qt.ConnectionType.QueuedConnection)
        self._ticked_at = 0.0
        self._soon = QTimer(self, singleShot=True, interval=round(PAUSE_S * 1000))
        self._soon.timeout.connect(self._tick_if_live)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick_if_live)

    def names(self) -> list[str]:
        """The running jobs, in the order in which they began."""
        return list(self._live)

    def is_live(self, name: str) -> bool:
        """True while a job of this kind is running or waiting."""
        return name in self._live

    def submit(self, job: Job) -> str:
        """Start a job; returns the name of the job that it waits for, "" for none."""
        thread = self.threads[job_kinds.kind_of(job.name).thread]
        ahead = thread.ahead()
        self._live[job.name] = _Live(job, thread)
        thread.submit(job)
        self._timer.start()
        return ahead.name if ahead is not None else ""

    def submit_detached(self, job: Job, thread: job_kinds.Thread) -> None:
        """Start a job whose mailbox the caller empties."""
        if not self._closing:
            self.threads[thread].submit(job)

    def drop(self, name: str) -> bool:
        """Cancel a job and discard its further events; False where there is none."""
        live = self._live.pop(name, None)
        if live is None:
            return False
        live.job.cancel()
        live.thread.withdraw(live.job)
        return True

    def stop(self, name: str) -> bool:
        """Ask a job to stop; False if it was asked before, or has ended at once because it had not begun."""
        live = self._live[name]
        live.job.cancel()
        if live.thread.withdraw(live.job):
            self._take(name, Cancelled())
            return False
        if live.abandon_at is not None:
            return False
        live.abandon_at = time.monotonic() + PATIENCE_S
        return True

    def shut_down(self) -> None:
        """Cancel everything. `finished` is emitted when the threads have ended, at once if none runs."""
        self._closing = True
        self._live.clear()
        self._timer.stop()
        self._soon.stop()
        for thread in self.threads.values():
            thread.ask_to_finish()
        self._thread_ended()

    def wait(self) -> None:
        """After `shut_down`: block until the threads have ended."""
        for thread in self.threads.values():
            thread.finish()

    def _tick_if_live(self) -> None:
        if not self._live or self._closing:
            self._timer.stop()
            return
        if time.monotonic() - self._ticked_at < PAUSE_S or turns.just_ended():
            self._soon.start()  # or the window would be drawn twice before it handles a click
        else:
            with turns.turn():
                self._tick()

    def _tick(self) -> None:
        self._soon.stop()
        deadline = time.monotonic() + BUDGET_S
        for name, live in list(self._live.items()):
            while live.job.mailbox and self._live.get(name) is live and time.monotonic() < deadline:
                self._take(name, live.job.mailbox.popleft())
            if live.abandon_at is not None and time.monotonic() > live.abandon_at and self._live.get(name) is live:
                self._take(name, Cancelled())
        self.ticked.emit()
        self._ticked_at = time.monotonic()
        if not self._live:
            self._timer.stop()

    def _take(self, name: str, event: Event) -> None:
        if isinstance(event, ENDS):
            self._live.pop(name, None)
        self.received.emit(name, event)

    def _thread_ended(self) -> None:
        if self._closing and not any(thread.isRunning() for thread in self.threads.values()):
            self.finished.emit()
