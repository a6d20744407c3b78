"""A thread that runs one job after another.

It has the lifetime of the window. Jobs that must not run at the same time share a thread (see
`studio.session.jobs.job_kinds`). Events wait in each job's mailbox until the window's timer collects them.
"""

from __future__ import annotations

import threading
from collections import deque

from PySide6.QtCore import QObject, QThread, Signal

from studio.jobs.job import Job
from studio.ui.system import responsiveness

STACK = 16 * 1024 * 1024
"""Stack size in bytes: the default on macOS, 512 KB, is too small for importing torch."""


class JobThread(QThread):
    """Runs jobs in the order of `submit`, until `ask_to_finish`.

    Signals:
        job_ended: A job ended; its last event is in its mailbox.
    """

    job_ended = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"jobs {name}")
        self.setStackSize(STACK)
        self._ready = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._current: Job | None = None
        self._finishing = False

    def submit(self, job: Job) -> None:
        """Add a job to the queue."""
        with self._ready:
            self._waiting.append(job)
            self._ready.notify()
        if not self.isRunning():
            self.start()

    def current(self) -> Job | None:
        """The running job; None where none runs."""
        return self._current

    def ahead(self) -> Job | None:
        """The job that a new one would wait for; None for none."""
        with self._ready:
            return self._current or (self._waiting[0] if self._waiting else None)

    def withdraw(self, job: Job) -> bool:
        """Remove a job from the queue; False if it is running or has run."""
        with self._ready:
            if job not in self._waiting:
                return False
            self._waiting.remove(job)
            return True

    def ask_to_finish(self) -> None:
        """Cancel everything; the thread ends at the running job's next yield. Returns at once."""
        with self._ready:
            self._finishing = True
            self._waiting.clear()
            if self._current is not None:
                self._current.cancel()
            self._ready.notify()

    def finish(self) -> None:
        """Cancel everything and wait for the thread."""
        self.ask_to_finish()
        self.wait()

    def _next(self) -> Job | None:
        with self._ready:
            self._current = None
            while not self._waiting and not self._finishing:
                self._ready.wait()
            if self._finishing:
                return None
            self._current = self._waiting.popleft()
            return self._current

    def run(self) -> None:
        """Run the jobs one after another; called in the thread."""
        responsiveness.lower_priority()
        while (job := self._next()) is not None:
            job.run()
            self.job_ended.emit()
            del job  # else a finished job's generator would keep its last values in memory while the thread waits
