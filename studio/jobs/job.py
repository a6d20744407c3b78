"""Runs a job, a generator of events, in any thread; always ends with exactly one final event.

It uses neither Qt nor torch: the window calls `Job.run` in a worker thread and empties `Job.mailbox` from a timer; a
test calls both in sequence. Exceptions are converted to text, because their frames would keep tensors alive.
"""

from __future__ import annotations

import threading
from collections import deque

from studio.events import Cancelled, Done, Event, Failed
from studio.jobs.failures import failure
from studio.jobs.protocol import Work
from studio.system import log
from studio.system.failures import is_out_of_memory as is_out_of_memory
from studio.system.failures import message_of


class Job:
    """A job, and those of its events that were not yet consumed.

    Attributes:
        name: Kind of job: "scan", "train", …
        mailbox: Events in order; the last one is `Done`, `Cancelled` or `Failed`. Appending and popping are atomic.
    """

    def __init__(self, name: str, work: Work) -> None:
        self.name = name
        self.mailbox: deque[Event] = deque()
        self._work = work
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Request cancellation, effective at the next yield or the next call of `stop`. Safe from any thread."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._stop.is_set()

    @property
    def ended(self) -> bool:
        """True once the final event is in the mailbox, until it is consumed."""
        return bool(self.mailbox) and isinstance(self.mailbox[-1], Done | Cancelled | Failed)

    def run(self) -> None:
        """Run the job to its end. Never raises; the last event in the mailbox is the final one."""
        self.mailbox.append(self._drive())

    def _drive(self) -> Event:
        if self._stop.is_set():
            return Cancelled()
        try:
            events = self._work(self._stop.is_set)
            try:
                for event in events:
                    self.mailbox.append(event)
                    if self._stop.is_set():
                        return Cancelled()
            finally:
                close = getattr(events, "close", None)
                if close is not None:
                    close()
        except BaseException as error:
            end = failure(error)
            if isinstance(end, Failed) and message_of(error).defect:
                log.defect(error)  # so that a report from the window is as complete as one from the terminal
            return end
        return Done()
