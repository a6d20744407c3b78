"""How much memory all threads together may use for pictures that are being decoded.

The number of threads bounds nothing: two pictures of 169 megapixels take more memory than a thousand of the usual
size. So each thread takes what its picture will need before it decodes, and waits while the others leave no room. A
picture that needs more than the whole budget is decoded alone. Who came first goes first, so a large picture is not
overtaken for ever by small ones.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

LEAST = 1 << 29
"""Bytes of the budget however small the memory is: four threads with ordinary photos of 10 megapixels."""

SHARE = 1 / 8
"""Of the machine's memory that pictures may take while they are decoded."""

BYTES_A_PIXEL = 12
"""An RGB picture as it is decoded, its copy, and what turning or blending it takes; Pillow uses 4 for each."""

_CGROUP = Path("/sys/fs/cgroup/memory.max")


class PixelBudget:
    """Bytes that are shared by all threads.

    Args:
        most: In use at once, unless a single picture needs more.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self.peak = 0
        self._room = threading.Condition()
        self._waiting: deque[object] = deque()
        self._own = threading.local()

    @contextlib.contextmanager
    def use(self) -> Iterator[None]:
        """Give back at the end what this thread takes inside; inside another one it is given back at the outer end."""
        if getattr(self._own, "taken", None) is not None:
            yield
            return
        self._own.taken = 0
        try:
            yield
        finally:
            taken, self._own.taken = self._own.taken, None
            if taken:
                with self._room:
                    self.used -= taken
                    if self._waiting:
                        self._room.notify_all()

    def take(self, number: int) -> None:
        """Take so many bytes; waits for room the first time. More is then given at once, or two could wait forever.

        Outside of `use` nothing is taken: the caller has one picture and no threads.
        """
        taken = getattr(self._own, "taken", None)
        if taken is None or number <= 0:
            return
        with self._room:
            if not taken and (self._waiting or not self._fits(number)):
                self._wait(number)
            self.used += number
            self.peak = max(self.peak, self.used)
            self._own.taken = taken + number

    def _wait(self, number: int) -> None:
        ticket = object()
        self._waiting.append(ticket)
        try:
            self._room.wait_for(lambda: self._waiting[0] is ticket and self._fits(number))
        finally:
            self._waiting.remove(ticket)
            self._room.notify_all()  # the next in the queue may fit as well

    def _fits(self, number: int) -> bool:
        return not self.used or self.used + number <= self.most


def _memory() -> int:
    """Bytes of memory that this process may use; 0 where the system does not say."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
    with contextlib.suppress(OSError, ValueError):
        found = min(found, int(_CGROUP.read_text(encoding="ascii")))
    return max(found, 0)


SHARED = PixelBudget(max(LEAST, int(_memory() * SHARE)))
"""Of this process."""
