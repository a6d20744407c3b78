"""Runs a job for a script or a notebook: events in order, errors raised to the caller, prompt reaction to Ctrl+C."""

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
from studio.system import worker_place
from studio.system.failures import message_of

ProgressChoice = bool | Callable[[Event], None]
"""True for a progress bar, False for none, or a function that is called with each event in the caller's thread."""

TICK = 0.1
"""Seconds between two checks for Ctrl+C where the system does not wake a waiting thread."""

STOP_SECONDS = 0.8
"""Seconds that an interrupted call waits for the job to end before it returns."""


def run_job(work: Work, progress: ProgressChoice = True, wanted: tuple[type[Event], ...] | None = None) -> list[Event]:
    """Run a job to its end and return its events.

    The job runs in its own thread, as in the window. So Ctrl+C takes effect while a library is imported or a step is
    computed, and never interrupts an import, after which a notebook could not import that library again.

    Args:
        work: The job.
        progress: See `ProgressChoice`.
        wanted: Kinds of events to return; None for all. All events of many photos would fill the memory.

    Raises:
        UserError: An error that the user can fix, such as a script that torchrun started.
        KeyboardInterrupt: The user stopped it; a note says how to resume a run.
    """
    if (count := worker_place.count()) > 1:  # each would do all of it, and write the same files
        raise UserError(
            f"The library does not work with several workers ({count} were started).",
            "Run the script without torchrun. To train with several workers: torchrun --nproc-per-node N -m studio "
            'train …, which run.as_command("gpus") writes for a run; then studio.open_run reads the result.',
        )
    thread = _JobThread(work)
    events: list[Event] = []
    try:
        with contextlib.closing(make_view(progress)) as view:
            thread.start()
            while (event := thread.next_event()) is not None:
                if wanted is None or isinstance(event, wanted):
                    events.append(event)
                view.take(event)
        thread.join()
        if thread.error is not None:
            raise _for_user(thread.error) from None
    except BaseException as error:
        thread.cancel()
        _add_note(error, events)
        if isinstance(error, KeyboardInterrupt):
            raise error.with_traceback(None) from None  # lines of this module mean nothing to the user
        raise
    return events


class _JobThread(threading.Thread):
    """The thread of one job."""

    def __init__(self, work: Work) -> None:
        super().__init__(name="job")  # not a daemon: a script waits at its end until the record is written
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
        """Stop the job, and wait briefly for its end."""
        self._stop_asked.set()
        if self.ident is not None:
            self.join(STOP_SECONDS)

    def run(self) -> None:
        """Run the job; an error is stored for the waiting thread."""
        try:
            self._drive()
        except BaseException as error:
            self.error = error
        finally:
            self._mailbox.put(None)

    def _drive(self) -> None:
        events: Any = self._work(self._stop_asked.is_set)
        with contextlib.closing(events):  # so that the record of a run says at once that it was stopped
            for event in events:
                self._mailbox.put(event)
                if self._stop_asked.is_set():
                    return


def _for_user(error: BaseException) -> BaseException:
    """The error as a `UserError` where the user can fix it; a defect as it is."""
    # Without the traceback of the engine, which means nothing to the user, and whose frames would keep the tensors of
    # a run that was out of memory alive for as long as the notebook shows the error.
    words = message_of(error)
    if words.defect:
        return error
    return UserError(words.title, words.hint, words.file)


def _add_note(error: BaseException, events: list[Event]) -> None:
    """Add a note to an error: how to resume the run that it ended."""
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    if started is None:
        return
    with suppress(UserError, OSError):  # the record is gone, too, as the error says
        summary = index.summary(Path(started.run))
        if summary.resumable or summary.state == "running":  # “running”: the last checkpoint is still being written
            error.add_note(f"To resume the run: studio.resume({started.run!r})")
