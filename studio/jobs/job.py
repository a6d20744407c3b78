"""Runs one generator to exactly one end, in whatever thread it is given.

The driver knows neither Qt nor torch: the window calls `Job.run` in its worker thread and empties `Job.mailbox` from
a timer, a test calls both one after the other. Only plain data goes through the mailbox; an exception is turned into
words here, because its frames would keep tensors alive.
"""

from __future__ import annotations

import threading
from collections import deque

from studio.events import Cancelled, Done, Event, Failed
from studio.jobs.failures import failure
from studio.jobs.protocol import Work
from studio.system import log
from studio.system.failures import in_words
from studio.system.failures import ran_out as ran_out


class Job:
    """One piece of work and the events it has not been asked for yet.

    Attributes:
        name: What it is, for the state: "scan", "train", …
        mailbox: Events in order; the last one is `Done`, `Cancelled` or `Failed`. Appending and popping are atomic.
    """

    def __init__(self, name: str, work: Work) -> None:
        self.name = name
        self.mailbox: deque[Event] = deque()
        self._work = work
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask the job to end; it does so at its next yield or its next look at `stop`. May be called at any time."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._stop.is_set()

    @property
    def ended(self) -> bool:
        """True once the end was put into the mailbox and not yet taken out."""
        return bool(self.mailbox) and isinstance(self.mailbox[-1], Done | Cancelled | Failed)

    def run(self) -> None:
        """Work until the end. Never raises; the end is the last event in the mailbox."""
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
            if isinstance(end, Failed) and in_words(error).defect:
                log.defect(error)  # a training in the window leaves as much for a report as one in the terminal
            return end
        return Done()
