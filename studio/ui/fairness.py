"""Keeps the window ahead of the threads beside it, though all of them share one interpreter.

Python runs one thread at a time. Whoever waits for its turn asks for it after the *switch interval*; 5 ms unless told
otherwise. That is too long and too short at once: a click waits 5 ms for each of the many times that Qt calls into
Python while it paints, and a painting of 10 ms loses its turn after 5 to a thread that has all day. So the interval is
short while the window sleeps, which is when it will be waiting next, and long while it works.

Garbage is looked for here as well, and only here: a search stops every thread, so it should not come in the middle of a
training step's turn, and what Qt made in the window's thread must not be taken down in another.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QAbstractEventDispatcher, QObject, QTimer

ASLEEP_S = 0.0005
AWAKE_S = 0.05
"""Switch intervals in seconds while the window waits and while it works."""

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
        dispatcher = QAbstractEventDispatcher.instance()
        self._dispatcher = dispatcher
        if dispatcher is not None:
            dispatcher.awake.connect(self._awake)
            dispatcher.aboutToBlock.connect(self._asleep)
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
        if self._dispatcher is not None:
            self._dispatcher.awake.disconnect(self._awake)
            self._dispatcher.aboutToBlock.disconnect(self._asleep)
        sys.setswitchinterval(self._before[0])
        if self._before[1]:
            gc.enable()

    def _awake(self) -> None:
        sys.setswitchinterval(AWAKE_S)

    def _asleep(self) -> None:
        sys.setswitchinterval(ASLEEP_S)
