"""Folders and files asked for where nobody may wait: in the window's turn, of a server that does not answer."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import TypeVar

from studio.jobs.workers import DaemonPool
from studio.system import paths as places

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 0.5
"""Seconds after which a server counts as one that does not answer."""


def folders(paths: Sequence[str]) -> list[str]:
    """Those of `paths` that are folders, and those of which nobody says so or the contrary in time."""
    if not paths:
        return []
    crew = DaemonPool(_is_folder, len(paths))
    asked = [crew.begin(path) for path in paths]
    concurrent.futures.wait(asked, PATIENCE)
    crew.leave()
    return [path for path, answer in zip(paths, asked, strict=True) if not answer.done() or answer.result()]


def within(seconds: float, work: Callable[[Item], Result], item: Item) -> Result:
    """What a piece of work gives.

    Raises:
        TimeoutError: It did not in so many seconds; it ends by itself, or never.
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
    except OSError:  # no right to look there
        return False
