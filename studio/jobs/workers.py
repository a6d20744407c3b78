"""Thread pool for many files: results in order, limited look-ahead, and no hang on a single file.

`ThreadPoolExecutor.map` takes all its input at the start; with 50,000 decoded photos that is the whole memory. Here
only a few results wait to be fetched. A file on a server that no longer answers blocks its thread for ever, and no
signal frees it; so the consumer gets control ten times a second, to inform the user or to stop. Closing the generator
drops the items that have not begun, waits briefly for the others, and abandons what then still runs: the threads are
daemons, for which no program exit waits. Threads suffice, because Pillow and hashlib release the interpreter lock while
they work.
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
"""Seconds of waiting after which the consumer gets control."""

GRACE = 0.3
"""Seconds that closing waits for running calls."""


def default_workers() -> int:
    """One thread per core of this process, at most eight: a disk does not get faster with more."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, max(1, cores))


def map_ordered(
    work: Callable[[Item], Result], items: Iterable[Item | None], workers: int | None = None, ahead: int = 4
) -> Generator[Result | None, None, None]:
    """Results of `work` for each item, in the order of the items; None after each `TICK` without a result.

    Args:
        work: Called in worker threads; its exception is raised here in the item's turn. Never returns None.
        items: Taken one at a time, as there is room; a None among them is passed on.
        workers: Threads; None for `default_workers`.
        ahead: Results per thread that may wait to be fetched.
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
    """The result of one call for one file; yields `Waiting` until it is there."""
    began = time.monotonic()
    with closing(map_ordered(work, [item], 1)) as results:
        for result in results:
            if result is not None:
                return result
            yield Waiting(str(item), time.monotonic() - began)
    raise AssertionError("map_ordered gave no result")


def run_in_thread(steps: Generator[Word, None, Result], path: str) -> Generator[Word | Waiting, None, Result]:
    """Run a generator that reads `path` in another thread, one step at a time, as its values are consumed."""
    began = time.monotonic()
    with closing(map_ordered(_step, itertools.repeat(steps), 1, 1)) as values:
        for step in values:
            if isinstance(step, _End):
                result: Result = step.value
                return result
            if step is None:
                yield Waiting(path, time.monotonic() - began)
                continue
            yield step.word
            began = time.monotonic()
    raise AssertionError("the generator gave no end")


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
    """Daemon threads: unlike those of `concurrent.futures`, no program exit waits for them."""

    def __init__(self, work: Callable[[Item], Result], size: int) -> None:
        self.size = size
        self._work = work
        self._todo: SimpleQueue[tuple[Future[Result], Item] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._over = False

    def begin(self, item: Item) -> Future[Result]:
        """Submit an item."""
        future: Future[Result] = Future()
        self._todo.put((future, item))
        if len(self._threads) < self.size:
            self._threads.append(threading.Thread(target=self._run, name="photos", daemon=True))
            self._threads[-1].start()
        return future

    def leave(self) -> None:
        """Accept no more items; running calls end by themselves."""
        self._over = True
        for _ in self._threads:
            self._todo.put(None)

    def dismiss(self) -> None:
        """Accept no more items, and wait briefly for running calls."""
        self.leave()
        deadline = time.monotonic() + GRACE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while (job := self._todo.get()) is not None:
            if self._over:
                continue
            future, item = job
            try:
                future.set_result(self._work(item))
            except BaseException as error:
                future.set_exception(error)
            del job, future, item  # this frame must not keep decoded photos alive while it waits for the next item
