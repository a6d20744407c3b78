"""File system calls with a timeout, for callers that must not block on a server that does not answer."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import TypeVar

from studio.jobs.workers import DaemonPool
from studio.system import paths as places

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 0.5
"""Seconds after which a server counts as unresponsive."""


def folders(paths: Sequence[str]) -> list[str]:
    """The paths that are folders, or whose disk or server did not answer in time."""
    if not paths:
        return []
    pool = DaemonPool(_is_folder, len(paths))
    answers = [pool.submit(path) for path in paths]
    concurrent.futures.wait(answers, PATIENCE)
    pool.close()
    return [path for path, answer in zip(paths, answers, strict=True) if not answer.done() or answer.result()]


def within(seconds: float, work: Callable[[Item], Result], item: Item) -> Result:
    """The result of a call, or an error after a number of seconds.

    Raises:
        TimeoutError: No result in time; the call continues in its thread, possibly forever.
    """
    pool = DaemonPool(work, 1)
    answer = pool.submit(item)
    concurrent.futures.wait((answer,), seconds)
    pool.close()
    if not answer.done():
        raise TimeoutError("its disk or server does not answer")
    return answer.result()


def _is_folder(path: str) -> bool:
    try:
        return places.expanded(path).is_dir()
    except OSError:  # no permission
        return False
