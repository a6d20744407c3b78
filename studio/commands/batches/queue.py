"""The jobs that run the queue of the terminal: its runs, one after another, or one of them."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from studio.commands import training
from studio.events import Events, RunSummary, Stage, Warned
from studio.formatting import run_names
from studio.jobs.protocol import Interrupted, Stop, Work
from studio.runs import folder as runs
from studio.runs import index
from studio.runs.batches.run_queue import QueuedRun, RunQueue
from studio.runs.files import lock
from studio.spec import UserError

READ_EVERY_S = 0.5
"""Seconds between two readings of the queue's file, which may have a request to stop."""


def train_queued(queue: RunQueue) -> Work:
    """Train the runs of a queue one after another, including those added meanwhile.

    A run leaves the queue when it is complete. One that fails stays, and is tried again at the next start.
    If the process is stopped or killed, the run in progress is resumed at the next start.
    """

    def work(stop: Stop) -> Events:
        with queue.running_here():
            queue.request_stop(False)
            try:
                yield from _train_queued(queue, _Requests(queue, stop))
            finally:
                queue.request_stop(False)

    return work


def train_one(number: int, queue: RunQueue | None = None) -> Work:
    """Start or resume one run of a queue (None: the user's own), which leaves it when its run is complete.

    Nothing happens if the queue no longer has it. One that fails stays, with the reason.
    """

    def work(stop: Stop) -> Events:
        own = queue or RunQueue()
        with own.running_here():
            own.request_stop(False)
            requests = _Requests(own, stop)
            requests.begin(number)
            try:
                one = next((one for one in own.read().runs if one.number == number), None)
                if one is None:
                    return
                yield from _trained(own, one, requests)
            except UserError as error:
                own.update(number, failure=error.title)
                raise
            finally:
                own.request_stop(False)
            own.remove({number})

    return work


def _train_queued(queue: RunQueue, requests: _Requests) -> Events:
    failed: set[int] = set()
    while (one := _next(queue, failed)) is not None:
        requests.begin(one.number)
        yield Stage("queue", f"Run {one.number} of the queue: {run_names.name(one.spec)}")
        try:
            yield from _trained(queue, one, requests)
        except Interrupted:
            if not requests.removed:
                if requests.of_user():
                    raise
                return
        except UserError as error:
            failed.add(one.number)
            queue.update(one.number, failure=error.title)
            yield Warned(f"Run {one.number} failed: {error.title}", error.hint)
        else:
            queue.remove({one.number})


class _Requests:
    """Requests to stop the run in progress, by this process, or by another one through the queue's file.

    Attributes:
        of_user: True once this process is to stop.
        removed: True if the run in progress was removed from the queue.
    """

    def __init__(self, queue: RunQueue, stop: Stop) -> None:
        self._queue = queue
        self.of_user = stop
        self.begin(0)

    def begin(self, number: int) -> None:
        """Set the number of the run in progress."""
        self._number, self._looked = number, time.monotonic()
        self._requested = self.removed = False

    def __call__(self) -> bool:
        if self.of_user():
            return True
        now = time.monotonic()
        if now - self._looked >= READ_EVERY_S:
            self._looked = now
            with contextlib.suppress(UserError):
                content = self._queue.read()
                self.removed = all(one.number != self._number for one in content.runs)
                self._requested = content.stop or self.removed
        return self._requested


def _next(queue: RunQueue, failed: set[int]) -> QueuedRun | None:
    content = queue.read()
    if content.stop:
        return None
    return next((one for one in content.runs if one.number not in failed), None)


def _trained(queue: RunQueue, one: QueuedRun, requests: _Requests) -> Events:
    """Train or resume a queued run."""
    run = _summary(one)
    if run is not None and run.state == "done":
        return
    if run is not None and run.state == "running":
        raise lock.busy_error(Path(run.path))
    if run is not None and run.resumable:
        work = training.resume(Path(run.path))
        where = Path(run.path)
    else:
        where = _folder(one)
        if queue.update(one.number, run=str(where), failure="") is None:
            runs.remove_if_empty(where)
            requests.removed = True
            raise Interrupted
        work = training.train(one.spec, where)
    try:
        with contextlib.closing(work(requests)) as events:  # type: ignore[type-var]  # it is a generator
            for event in events:
                yield event
                if requests():
                    raise Interrupted
    finally:
        runs.remove_if_empty(where)


def _folder(one: QueuedRun) -> Path:
    """The folder for a queued run that has not begun."""
    if one.out:
        return Path(one.out)
    if one.run:
        with contextlib.suppress(UserError, OSError):
            runs.require_free(Path(one.run))
            return Path(one.run)
    return runs.new_folder(one.spec)


def _summary(one: QueuedRun) -> RunSummary | None:
    try:
        return index.summary(Path(one.run)) if one.run else None
    except UserError:
        return None
