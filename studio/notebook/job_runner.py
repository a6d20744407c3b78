"""Runs a job for a script or a notebook: events in order, errors raised where they were asked for, Ctrl+C at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from studio.events import Event, RunStarted
from studio.jobs.protocol import Work
from studio.notebook.progress_bar import make_view
from studio.runs import index
from studio.spec import UserError
from studio.system.failures import in_words

ProgressChoice = bool | Callable[[Event], None]
"""True: a progress bar; False: nothing is shown; a function: called with each event, in the thread of the caller."""

TICK = 0.1
"""Seconds between two chances to hear Ctrl+C where the system does not wake a thread that waits."""

STOP_SECONDS = 0.8
"""Seconds that an interrupted call waits for the job to end before it returns to its user."""


def run_job(work: Work, progress: ProgressChoice = True) -> list[Event]:
    """Run a job to its end and give its events.

    The job has a thread of its own, as in the window: Ctrl+C is heard while a library is imported or a step is
    computed, and never breaks off an import halfway, after which a notebook could not import that library again.

    Args:
        work: The job.
        progress: How progress is shown, see `ProgressChoice`.

    Raises:
        UserError: Something the user can put right.
        KeyboardInterrupt: The user stopped it. A run that was being trained can go on; a note says how.
    """
    thread = _JobThread(work)
    events: list[Event] = []
    try:
        with contextlib.closing(make_view(progress)) as view:
            thread.start()
            while (event := thread.next_event()) is not None:
                events.append(event)
                view.take(event)
        thread.join()
        if thread.error is not None:
            raise _for_user(thread.error) from None
    except BaseException as error:
        thread.cancel()
        _add_note(error, events)
        if isinstance(error, KeyboardInterrupt):
            raise error.with_traceback(None) from None  # where it hit this module says nothing to the user
        raise
    return events


class _JobThread(threading.Thread):
    """Runs one job; not a daemon, so that a script that ends still lets it write its record."""

    def __init__(self, work: Work) -> None:
        super().__init__(name="job")
        self.error: BaseException | None = None
        self._work = work
        self._stop_asked = threading.Event()
        self._mailbox: SimpleQueue[Event | None] = SimpleQueue()

    def next_event(self) -> Event | None:
        """Wait for the next event; None at the end."""
        while True:
            with suppress(Empty):
                return self._mailbox.get(timeout=TICK)

    def cancel(self) -> None:
        """Ask the job to stop, and wait a moment for it."""
        self._stop_asked.set()
        if self.ident is not None:
            self.join(STOP_SECONDS)

    def run(self) -> None:
        """Work until the end; an error is kept for the thread that waits."""
        try:
            self._drive()
        except BaseException as error:
            self.error = error
        finally:
            self._mailbox.put(None)

    def _drive(self) -> None:
        events: Any = self._work(self._stop_asked.is_set)
        with contextlib.closing(events):  # at once, so that the run's record says that it was stopped
            for event in events:
                self._mailbox.put(event)
                if self._stop_asked.is_set():
                    return


def _for_user(error: BaseException) -> BaseException:
    """What the user can put right as a `UserError`; a defect as it is.

    An error of the user has no traceback of the engine: it says nothing to the user, and its frames would keep the
    tensors of a run that had not enough memory alive for as long as the notebook shows the error.
    """
    words = in_words(error)
    if words.defect:
        return error
    return UserError(words.title, words.hint, words.file)


def _add_note(error: BaseException, events: list[Event]) -> None:
    """Say with an error how a run that was cut short can go on."""
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    if started is None:
        return
    with suppress(UserError, OSError):  # where even the record is gone, the error itself says it
        summary = index.summary(Path(started.run))
        if summary.resumable or summary.state == "running":  # it is still writing its last checkpoint
            error.add_note(f"To go on with the run: studio.resume({started.run!r})")
