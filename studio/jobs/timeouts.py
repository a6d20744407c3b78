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
    """Those paths that are folders, or whose disk or server did not answer in time."""
    return folders_and_files(paths, ())[0]


def folders_and_files(folders: Sequence[str], files: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those `folders` that are folders and those `files` that are files, or that did not answer in time."""
    asked = [*((path, False) for path in folders), *((path, True) for path in files)]
    if not asked:
        return [], []
    pool = DaemonPool(_is_there, len(asked))
    answers = [pool.submit(one) for one in asked]
    concurrent.futures.wait(answers, PATIENCE)
    pool.close()
    there = [one for one, answer in zip(asked, answers, strict=True) if not answer.done() or answer.result()]
    return [path for path, is_file in there if not is_file], [path for path, is_file in there if is_file]


def within(seconds: float, work: Callable[[Item], Result], item: Item) -> Result:
    """The result of `work(item)`, or an error after a number of seconds.

    Raises:
        TimeoutError: There was no result in time; the call continues in its thread, possibly forever.
    """
    pool = DaemonPool(work, 1)
    answer = pool.submit(item)
    concurrent.futures.wait((answer,), seconds)
    pool.close()
    if not answer.done():
        raise TimeoutError("its disk or server does not answer")
    return answer.result()


def _is_there(asked: tuple[str, bool]) -> bool:
    path, is_file = asked
    try:
        return places.expanded(path).is_file() if is_file else places.is_folder(path)
    except OSError:  # no permission
        return False
