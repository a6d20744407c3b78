"""Work on many files at once: in order, without running ahead, and never at the mercy of one of them.

`ThreadPoolExecutor.map` takes all its input at the start; with 50,000 decoded photos that is the whole memory. Here
only a few results wait to be fetched. A file on a server that no longer answers holds its thread for ever, and no
signal frees it; so whoever waits is given a word ten times a second, in which it may tell the user or stop. Closing the
generator drops what has not begun, waits a moment for what has, and leaves the rest to end by itself: the threads are
daemons, which no end of the program waits for. Threads are enough: Pillow and hashlib let go of the interpreter lock
while they work.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from studio.events import Waiting

Item = TypeVar("Item")
Result = TypeVar("Result")
Word = TypeVar("Word")

TICK = 0.1
"""Seconds of waiting between two words."""

GRACE = 0.3
"""Seconds that closing waits for work under way."""


def default_workers() -> int:
    """One thread a core this process may use, at most eight: a disk does not get quicker from more."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, max(1, cores))


def map_ordered(
    work: Callable[[Item], Result], items: Iterable[Item | None], workers: int | None = None, ahead: int = 4
) -> Generator[Result | None, None, None]:
    """Results of `work` for each item, in the order of the items; None for each `TICK` in which the next did not come.

    Args:
        work: Called in worker threads; an exception it raises is raised here in its turn. Gives anything but None.
        items: Taken one at a time, as there is room; where None stands instead of one, None is passed on.
        workers: Threads; None for `default_workers`.
        ahead: Results a thread that may wait to be fetched.
    """
    crew = DaemonPool(work, max(1, workers or default_workers()))
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            if item is None:
                yield None
                continue
            waiting.append(crew.begin(item))
            if len(waiting) >= crew.size * ahead:
                yield from _awaited(waiting.popleft())
        while waiting:
            yield from _awaited(waiting.popleft())
    finally:
        crew.dismiss()


def run_one(work: Callable[[Item], Result], item: Item) -> Generator[Waiting, None, Result]:
    """The result of one piece of work on one file; tells while it is waited for."""
    began = time.monotonic()
    with closing(map_ordered(work, [item], 1)) as results:
        for result in results:
            if result is not None:
                return result
            yield Waiting(str(item), time.monotonic() - began)
    raise AssertionError("there is one result")


def run_in_thread(steps: Generator[Word, None, Result], path: str) -> Generator[Word | Waiting, None, Result]:
    """Go through a generator that reads `path` in another thread, and no further than it is asked for."""
    began = time.monotonic()
    with closing(map_ordered(_step, itertools.repeat(steps), 1, 1)) as taken:
        for step in taken:
            if isinstance(step, _End):
                result: Result = step.value
                return result
            if step is None:
                yield Waiting(path, time.monotonic() - began)
                continue
            yield step.word
            began = time.monotonic()
    raise AssertionError("it ends")


@dataclass(frozen=True)
class _Next(Generic[Word]):
    word: Word


@dataclass(frozen=True)
class _End(Generic[Result]):
    value: Result


def _step(steps: Generator[Word, None, Result]) -> _Next[Word] | _End[Result]:
    try:
        return _Next(next(steps))
    except StopIteration as end:
        return _End(end.value)


def _awaited(future: Future[Result]) -> Generator[Result | None, None, None]:
    while not future.done():
        if not concurrent.futures.wait((future,), TICK).done:
            yield None
    yield future.result()


class DaemonPool(Generic[Item, Result]):
    """Threads that nobody has to wait for, which those of `concurrent.futures` are not."""

    def __init__(self, work: Callable[[Item], Result], size: int) -> None:
        self.size = size
        self._work = work
        self._todo: SimpleQueue[tuple[Future[Result], Item] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._over = False

    def begin(self, item: Item) -> Future[Result]:
        """Hand in a piece of work."""
        future: Future[Result] = Future()
        self._todo.put((future, item))
        if len(self._threads) < self.size:
            self._threads.append(threading.Thread(target=self._run, name="photos", daemon=True))
            self._threads[-1].start()
        return future

    def leave(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        self._over = True
        for _ in self._threads:
            self._todo.put(None)

    def dismiss(self) -> None:
        """Begin nothing more, and wait a moment for what is under way."""
        self.leave()
        deadline = time.monotonic() + GRACE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while (errand := self._todo.get()) is not None:
            if self._over:
                continue
            future, item = errand
            try:
                future.set_result(self._work(item))
            except BaseException as error:
                future.set_exception(error)
            del errand, future, item  # decoded photos must not wait here for the next errand
