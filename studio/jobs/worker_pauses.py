"""Pauses of worker threads while a window has something to draw.

Python runs one thread at a time: while four workers read photos, a window that needs the interpreter a hundred times
to paint itself waits for one of them each time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

MOST_S = 0.02
"""Longest pause of a worker between two items, in seconds."""

MOST_DRAWING_S, LOOK_S = 0.1, 0.001
"""Longest pause for one drawing, and time between two checks whether it is over, in seconds."""

AT_ONCE = 64
"""Items of a long list between two checks whether a window draws, which take about 0.1 ms."""

SHARE = 2.0
"""Longest pause as a multiple of the time of the last item, so that a window that is always late does not stop work."""


class WorkerPauses:
    """A request to the workers to pause between two items; it ends by itself."""

    def __init__(self) -> None:
        self._until = self._began = 0.0
        self._drawings = self._drawer = 0

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """While a window's thread is in this block, other threads that call `give_way` pause."""
        if not self._drawings:
            self._began = time.monotonic()
        self._drawings, self._drawer = self._drawings + 1, threading.get_ident()
        try:
            yield
        finally:
            self._drawings -= 1

    def give_way(self) -> None:
        """Pause the calling thread while the thread of a window draws."""
        longest = min(MOST_DRAWING_S, self._began + MOST_DRAWING_S - time.monotonic())
        while self._drawings and longest > 0 and threading.get_ident() != self._drawer:
            time.sleep(LOOK_S)
            longest -= LOOK_S

    def request(self, seconds: float) -> None:
        """Request pauses for some seconds from now; cheap enough to call at every event of a window."""
        self._until = time.monotonic() + seconds

    def pause(self, worked: float) -> None:
        """Pause the calling worker, if pauses are requested.

        Args:
            worked: Seconds that the last item took.
        """
        left = self._until - time.monotonic()
        if left > 0:
            time.sleep(min(left, MOST_S, SHARE * worked))


worker_pauses = WorkerPauses()
"""The only instance, used by all threads of this process."""


def unhurried(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, with pauses while a window draws.

    For a worker's loop over many photos in plain Python: Python does not switch threads before the switch interval has
    passed, which is long while a window draws, and the window would wait that long each time after Qt released the
    interpreter lock.
    """
    for number, item in enumerate(items):
        if number % AT_ONCE == 0:
            worker_pauses.give_way()
        yield item
