"""Thread pool for many files: results in order, limited look-ahead, and no blocking on a single file.

`ThreadPoolExecutor.map` submits all its input at the start, and 50,000 decoded photos would fill the memory. Here only
a few results wait for the consumer. A file on a server that no longer answers blocks its thread forever, and no
signal interrupts it; so the consumer gets control ten times a second, to inform the user or to stop. Closing the
generator drops the items that have not started, waits briefly for the others, and abandons those that still run: the
threads are daemons, so the program's exit does not wait for them. Threads suffice, because Pillow and hashlib release
the interpreter lock.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import mmap
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
from studio.jobs.worker_pauses import worker_pauses

Item = TypeVar("Item")
Result = TypeVar("Result")
Word = TypeVar("Word")

TICK = 0.1
"""Seconds of waiting after which the consumer gets control."""

GRACE = 0.3
"""Seconds for which closing waits for running calls."""

THREAD_BYTES = 32 * 2**20
"""Address space that must be left for another thread: its stack, usually 8 MiB, and what it allocates at first."""


def default_workers() -> int:
    """Number of threads: one per core of this process, at most eight: on sixteen cores, more threads were slower."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, max(1, cores))


def map_ordered(
    work: Callable[[Item], Result], items: Iterable[Item | None], workers: int | None = None, ahead: int = 4
) -> Generator[Result | None, None, None]:
    """Results of `work` for each item, in the order of the items; None after each `TICK` without a result.

    Args:
        work: Called in worker threads; an exception is raised in place of its result. Must not return None.
        items: Consumed lazily; a None among them is yielded unchanged.
        workers: Number of threads; None for `default_workers`.
        ahead: Number of results per thread that may wait for the consumer.
    """
    pool = DaemonPool(work, max(1, workers or default_workers()))
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            if item is None:
                yield None
                continue
            waiting.append(pool.submit(item))
            if len(waiting) >= pool.size * ahead:
                yield from _wait_for(waiting.popleft())
        while waiting:
            yield from _wait_for(waiting.popleft())
    finally:
        pool.close_and_wait()


def run_one(work: Callable[[Item], Result], item: Item) -> Generator[Waiting, None, Result]:
    """The result of one call for one file; yields `Waiting` until it is available."""
    start = time.monotonic()
    with closing(map_ordered(work, [item], 1)) as results:
        for result in results:
            if result is not None:
                return result
            yield Waiting(str(item), time.monotonic() - start)
    raise AssertionError("map_ordered gave no result")


def run_in_thread(steps: Generator[Word, None, Result], path: str) -> Generator[Word | Waiting, None, Result]:
    """Run a generator in another thread, one step at a time; yields `Waiting` for `path` while a step takes long."""
    start = time.monotonic()
    with closing(map_ordered(_step, itertools.repeat(steps), 1, 1)) as values:
        for step in values:
            if isinstance(step, _End):
                result: Result = step.value
                return result
            if step is None:
                yield Waiting(path, time.monotonic() - start)
                continue
            yield step.word
            start = time.monotonic()
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


def _wait_for(future: Future[Result]) -> Generator[Result | None, None, None]:
    while not future.done():
        if not concurrent.futures.wait((future,), TICK).done:
            yield None
    yield future.result()


def _room_for_a_thread(needed: bool) -> bool:
    """True if the process can still map the memory that a thread uses when it starts.

    Under a memory limit (`ulimit -v`) a thread that gets no memory at all makes Python 3.11 retry forever, and the
    thread that starts it waits for it.

    Raises:
        MemoryError: There is no room, but the thread is needed.
    """
    try:
        mmap.mmap(-1, THREAD_BYTES).close()  # reserves address space without using memory
    except OSError as error:
        if needed:
            raise MemoryError("no room for a thread") from error
        return False
    return True


class DaemonPool(Generic[Item, Result]):
    """Pool of daemon threads; unlike with those of `concurrent.futures`, the program's exit does not wait for them."""

    def __init__(self, work: Callable[[Item], Result], size: int) -> None:
        self.size = size
        self._work = work
        self._todo: SimpleQueue[tuple[Future[Result], Item] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._over = False

    def submit(self, item: Item) -> Future[Result]:
        """Submit an item; the future has the result of `work`."""
        future: Future[Result] = Future()
        self._todo.put((future, item))
        if len(self._threads) < self.size and _room_for_a_thread(needed=not self._threads):
            self._threads.append(threading.Thread(target=self._run, name="photos", daemon=True))
            self._threads[-1].start()
        return future

    def close(self) -> None:
        """Accept no more items, and do not wait for running calls."""
        self._over = True
        for _ in self._threads:
            self._todo.put(None)

    def close_and_wait(self) -> None:
        """Accept no more items, and wait briefly for running calls."""
        self.close()
        deadline = time.monotonic() + GRACE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while (job := self._todo.get()) is not None:
            if self._over:
                continue
            future, item = job
            start = time.monotonic()
            try:
                future.set_result(self._work(item))
            except BaseException as error:
                future.set_exception(error)
            worker_pauses.pause(time.monotonic() - start)
            del job, future, item  # this frame must not keep decoded photos alive while it waits for the next item
            worker_pauses.give_way()
