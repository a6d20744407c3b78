"""File system calls with a timeout, for callers that must not hang on a server that does not answer."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import TypeVar

from studio.jobs.workers import DaemonPool
from studio.system import paths as places

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 0.5
"""Seconds after which a server counts as not answering."""


def folders(paths: Sequence[str]) -> list[str]:
    """The `paths` that are folders or gave no answer in time."""
    if not paths:
        return []
    crew = DaemonPool(_is_folder, len(paths))
    answers = [crew.begin(path) for path in paths]
    concurrent.futures.wait(answers, PATIENCE)
    crew.leave()
    return [path for path, answer in zip(paths, answers, strict=True) if not answer.done() or answer.result()]


def within(seconds: float, work: Callable[[Item], Result], item: Item) -> Result:
    """The result of a call, or an error after so many seconds.

    Raises:
        TimeoutError: No result in time; the call goes on in its thread, possibly for ever.
    """
    crew = DaemonPool(work, 1)
    answer = crew.begin(item)
    concurrent.futures.wait((answer,), seconds)
    crew.leave()
    if not answer.done():
        raise TimeoutError("its disk or server does not answer")
    return answer.result()


def _is_folder(path: str) -> bool:
    try:
        return places.expanded(path).is_dir()
    except OSError:  # no permission
        return False
