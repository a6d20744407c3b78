"""Memory budget for images that are being decoded, shared by all threads.

The number of threads is no limit: two images of 169 megapixels take more memory than a thousand common ones. So each
thread reserves the memory its image needs before it decodes, and waits while the budget is exhausted. An image larger
than the whole budget is decoded alone. Threads are served in order, so that small images do not overtake a large one
indefinitely.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

MIN_BYTES = 1 << 29
"""Minimum budget in bytes: four threads with common photos of 10 megapixels."""

SHARE = 1 / 8
"""Share of the machine's memory for images that are being decoded."""

BYTES_A_PIXEL = 12
"""Bytes per pixel: the decoded RGB image, its copy, and the result of rotating or blending; Pillow uses 4 for each."""

_CGROUP = Path("/sys/fs/cgroup/memory.max")


class PixelBudget:
    """A budget in bytes, shared by all threads.

    Args:
        limit: Limit of reserved bytes, unless a single image needs more.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.peak = 0
        self._room = threading.Condition()
        self._waiting: deque[object] = deque()
        self._own = threading.local()

    @contextlib.contextmanager
    def use(self) -> Iterator[None]:
        """Context in which this thread may reserve memory; it is released at the end of the outermost context."""
        if getattr(self._own, "reserved", None) is not None:
            yield
            return
        self._own.reserved = 0
        try:
            yield
        finally:
            reserved, self._own.reserved = self._own.reserved, None
            if reserved:
                with self._room:
                    self.used -= reserved
                    if self._waiting:
                        self._room.notify_all()

    def take(self, number: int) -> None:
        """Reserve memory; the first call in a context waits until it is available.

        Later calls never wait, because two threads could wait for each other. Outside of `use` nothing is reserved: the
        caller has one image and no threads.

        Args:
            number: Bytes.
        """
        reserved = getattr(self._own, "reserved", None)
        if reserved is None or number <= 0:
            return
        with self._room:
            if not reserved and (self._waiting or not self._fits(number)):
                self._wait(number)
            self.used += number
            self.peak = max(self.peak, self.used)
            self._own.reserved = reserved + number

    def _wait(self, number: int) -> None:
        ticket = object()
        self._waiting.append(ticket)
        try:
            self._room.wait_for(lambda: self._waiting[0] is ticket and self._fits(number))
        finally:
            self._waiting.remove(ticket)
            self._room.notify_all()  # the next one in the queue may fit as well

    def _fits(self, number: int) -> bool:
        return not self.used or self.used + number <= self.limit


def _memory() -> int:
    """Memory of the machine or container in bytes; 0 where the system does not state it."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
    with contextlib.suppress(OSError, ValueError):
        memory = min(memory, int(_CGROUP.read_text(encoding="ascii")))
    return max(memory, 0)


SHARED = PixelBudget(max(MIN_BYTES, int(_memory() * SHARE)))
"""Budget of this process."""
