"""How far the work is, said at most ten times a second.

Rate and time left are taken from the last few seconds and not from the start, so that they follow a disk that warms
up or a laptop that is unplugged.
"""

from __future__ import annotations

import time
from collections import deque

from studio.events import Progress

EVERY = 0.1
"""Seconds between two words."""

_WINDOW = 3.0
"""Seconds over which the rate is taken."""


class Pace:
    """Counts the units of one stage."""

    def __init__(self, stage: str, total: float = 0, unit: str = "photos") -> None:
        self.stage = stage
        self.total = total
        self.unit = unit
        self._said = float("-inf")
        self._marks: deque[tuple[float, float]] = deque([(time.monotonic(), 0.0)])

    def at(self, done: float) -> Progress | None:
        """Tell how much is done; gives an event where one is due."""
        now = time.monotonic()
        if now - self._said < EVERY:
            return None
        self._said = now
        return self._progress(done, now)

    def end(self, done: float) -> Progress:
        """The last word of the stage, due or not."""
        return self._progress(done, time.monotonic())

    def _progress(self, done: float, now: float) -> Progress:
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW:
            self._marks.popleft()
        since, before = self._marks[0]
        rate = (done - before) / (now - since) if now > since else 0.0
        left = (self.total - done) / rate if rate > 0 and self.total else None
        return Progress(self.stage, done, self.total, self.unit, rate, left)
