"""Keeps the window responsive while worker threads share its interpreter and a few cores.

Python runs one thread at a time. A waiting thread requests the interpreter after the *switch interval*, by default
5 ms, and Qt calls into Python some hundred times while it paints a page, and may wait each time. So the interval is
short while a window is open. Painting code that is pure Python uses `uninterrupted`, so that no other thread gets the
interpreter during it. Worker threads also have a lower priority for the system's scheduler.

Garbage collection runs here as well, and only here: it stops every thread, so it should be short and rare, and objects
that Qt created in the window's thread must not be destroyed in another. Its time grows with the number of objects: with
those of 50,000 photos the window would stand still for up to 0.4 s. So many new objects, which are data of a job or
modules, are set apart (`gc.freeze`): they are freed as soon as nothing refers to them, but cycles among them wait until
the user is in another program, or until so many have been set apart that their memory would matter.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from studio.jobs.worker_pauses import worker_pauses

INTERVAL_S = 0.0001
TURN_S = 0.01
"""Switch intervals in seconds: the default, and the one of `uninterrupted`.

The second is also the time for which the window waits each time that Qt releases the interpreter in such a block and a
worker takes it: at 0.05, seven such moments made a wait of 0.36 s.
"""

NICENESS = 10
"""The "nice" value of worker threads, unless it is higher already."""

PAINT_PAUSE_S = 0.04
"""Time for which the workers give way after something was painted."""

CHECK_MS = 400
"""Time between two checks whether a collection is due."""

YOUNG = 700
"""New objects after which a collection of the youngest generation pays; Python's default."""

MIDDLE_EVERY_S, ALL_EVERY_S = 4.0, 60.0

MANY = 8_000
"""Objects that a collection may look at: about 10 ms."""

BURST_CHECKS = 5
"""Checks in a row for which many new objects are not set apart: most objects that a job makes are soon freed."""

MOST_APART = 10_000_000
"""Objects set apart, freed ones included, after which everything is collected although a window is active."""

AWAY_EVERY_S = 300.0
"""Time between two collections of everything, including what was set apart, while the user is in another program."""


class Scheduling(QObject):
    """Short switch intervals and scheduled garbage collection, from its creation until `end`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before = sys.getswitchinterval(), gc.isenabled()
        self._middle_at = self._all_at = self._away_at = time.monotonic()
        self._survivors = self._old = self._apart = 0
        self._burst = 0
        sys.setswitchinterval(INTERVAL_S)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Run the garbage collection that is due, if it is short."""
        now, young = time.monotonic(), gc.get_count()[0]
        if self._apart > MOST_APART or (_is_away() and now - self._away_at > AWAY_EVERY_S):
            self._away_at = now
            self._collect_all()
        elif young > MANY:
            self._burst += 1
            if self._burst > BURST_CHECKS:
                self._set_apart()
        elif now - self._all_at > ALL_EVERY_S:
            self._all_at = self._middle_at = now
            self._collect(2, self._old + self._survivors + young)
        elif now - self._middle_at > MIDDLE_EVERY_S:
            self._middle_at = now
            self._collect(1, self._survivors + young)
        elif young > YOUNG:
            self._collect(0, young)

    def _collect(self, generation: int, objects: int) -> None:
        """Collect a generation and those younger, which have at most `objects` objects."""
        self._burst = 0
        if objects > MANY:
            self._set_apart()
            return
        gc.collect(generation)
        # Upper bounds: counting the survivors would take as long as collecting them.
        self._survivors = self._survivors + objects if generation == 0 else 0
        self._old = self._old + objects if generation == 1 else objects if generation == 2 else self._old

    def _set_apart(self) -> None:
        """Exclude the current objects from further collections, until `_collect_all`."""
        self._apart += self._survivors + self._old + gc.get_count()[0]
        gc.freeze()
        self._burst = self._survivors = self._old = 0

    def _collect_all(self) -> None:
        """Collect everything, including objects that were set apart."""
        gc.unfreeze()
        gc.collect()
        self._set_apart()
        self._apart = 0

    def end(self) -> None:
        """Restore the previous settings."""
        self._timer.stop()
        sys.setswitchinterval(self._before[0])
        if self._before[1]:
            gc.enable()


def _is_away() -> bool:
    """True while no window of the program is active."""
    return QGuiApplication.applicationState() is not Qt.ApplicationState.ApplicationActive


@contextmanager
def uninterrupted(pause_s: float = 0.0) -> Iterator[None]:
    """Run a short block without switching to another thread; for the window's thread only.

    Args:
        pause_s: Seconds for which the threads that read photos pause after their current one, as more blocks follow.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    if pause_s:
        worker_pauses.request(pause_s)
    try:
        with worker_pauses.drawing():
            yield
    finally:
        sys.setswitchinterval(before)


def lower_priority() -> None:
    """Lower this thread's priority below the window's. Only Linux has this per thread; child threads inherit it."""
    if sys.platform == "linux":
        number = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, number, max(NICENESS, os.getpriority(os.PRIO_PROCESS, number)))
