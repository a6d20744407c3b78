"""Keeps the window responsive while worker threads share its interpreter and a few cores.

Python runs one thread at a time. A waiting thread requests the interpreter after the *switch interval*, by default
5 ms, and Qt calls into Python some hundred times while it paints a page, and may wait each time. So the interval is
short while a window is open. Painting code that is pure Python uses `uninterrupted`, so that no other thread gets the
interpreter meanwhile. Worker threads also have a lower priority for the system's scheduler.

Garbage collection runs here as well, and only here: it stops every thread, so it should be short and rare, and objects
that Qt created in the window's thread must not be destroyed in another.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from PySide6.QtCore import QObject, QTimer

from studio.jobs.courtesy import courtesy

INTERVAL_S = 0.0001
TURN_S = 0.05
"""Switch intervals in seconds: the usual one, and the one of `uninterrupted`."""

POLITENESS = 10
"""Increase of the "nice" value of worker threads."""

COURTESY_S = 0.04
"""Time for which the workers give way after something was painted."""

LOOK_MS = 400
YOUNG = 700
"""New objects after which a collection of the youngest generation pays; Python's default."""

MIDDLE_EVERY_S, ALL_EVERY_S = 4.0, 60.0


class Scheduling(QObject):
    """Short switch intervals and scheduled garbage collection, from its creation until `end`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before = sys.getswitchinterval(), gc.isenabled()
        self._middle_at = self._all_at = time.monotonic()
        sys.setswitchinterval(INTERVAL_S)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Run the garbage collections that are due."""
        now = time.monotonic()
        if now - self._all_at > ALL_EVERY_S:
            self._all_at = self._middle_at = now
            gc.collect()
        elif now - self._middle_at > MIDDLE_EVERY_S:
            self._middle_at = now
            gc.collect(1)
        elif gc.get_count()[0] > YOUNG:
            gc.collect(0)

    def end(self) -> None:
        """Restore the previous settings."""
        self._timer.stop()
        sys.setswitchinterval(self._before[0])
        if self._before[1]:
            gc.enable()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Run a short block without switching to another thread; for the window's thread only."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    courtesy.ask(COURTESY_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def lower_priority() -> None:
    """Lower this thread's priority below the window's. Only Linux has this per thread; child threads inherit it."""
    if sys.platform == "linux":
        number = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, number, max(POLITENESS, os.getpriority(os.PRIO_PROCESS, number)))
