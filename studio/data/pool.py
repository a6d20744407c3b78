"""Work on many files at once, in order and without running ahead.

`ThreadPoolExecutor.map` takes all its input at the start; with 50,000 decoded photos that is the whole memory. Here
only a few results wait to be fetched. Closing the generator drops what has not begun and waits for what has, so no
thread outlives it. Threads are enough: Pillow and hashlib let go of the interpreter lock while they work.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def default_workers() -> int:
    """One thread a core this process may use, at most eight: a disk does not get quicker from more."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, max(1, cores))


def ordered(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None, ahead: int = 4
) -> Generator[Result, None, None]:
    """Results of `work` for each item, in the order of the items.

    Args:
        work: Called in worker threads; an exception it raises is raised here in its turn.
        items: Taken one at a time, as there is room.
        workers: Threads; None for `default_workers`.
        ahead: Results a thread that may wait to be fetched.
    """
    threads = max(1, workers or default_workers())
    pool = ThreadPoolExecutor(threads, thread_name_prefix="photos")
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= threads * ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
