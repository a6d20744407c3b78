"""Keeps the window ahead of the threads beside it, though all of them share one interpreter and few cores.

Python runs one thread at a time. Whoever waits for its turn asks for it after the *switch interval*, 5 ms unless told
otherwise; and Qt, while it paints a page, calls into Python some hundred times and may wait each time. So the interval
is short as long as a window is open. A painting that is all Python says so with `turn`: then nobody takes its turn from
it. Threads of work stand behind the window where the system deals out cores, too.

Garbage is looked for here as well, and only here: a search stops every thread, so it should be short and rare, and what
Qt made in the window's thread must not be taken down in another.
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

INTERVAL_S = 0.0001
TURN_S = 0.05
"""Switch intervals in seconds: always, and while a painting has its turn."""

POLITENESS = 10
"""Steps of “nice” by which threads of work stand behind the window."""

LOOK_MS = 400
YOUNG = 700
"""Objects made since the last look from which a look at the young ones pays; Python's own number."""

MIDDLE_EVERY_S, ALL_EVERY_S = 4.0, 60.0


class Fairness(QObject):
    """In force from the moment it is made until `end`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before = sys.getswitchinterval(), gc.isenabled()
        self._middle_at = self._all_at = time.monotonic()
        sys.setswitchinterval(INTERVAL_S)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Search for garbage, as far as it is time to."""
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
        """Leave everything as it was found."""
        self._timer.stop()
        sys.setswitchinterval(self._before[0])
        if self._before[1]:
            gc.enable()


@contextmanager
def turn() -> Iterator[None]:
    """Work through something short without being interrupted; for the window's thread alone."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def stand_back() -> None:
    """Let the window go first when it wants a core. Linux alone has this for a single thread, and its children."""
    if sys.platform == "linux":
        number = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, number, max(POLITENESS, os.getpriority(os.PRIO_PROCESS, number)))
