"""How far the work is, said at most ten times a second.

Rate and time left are taken from the last few seconds and not from the start, so that they follow a disk that warms
up or a laptop that is unplugged. A pause that is out of all proportion to the steps before it (the machine slept, a
server hung) counts for nothing: an hour's sleep must not become a rate of one photo an hour.
"""

from __future__ import annotations

import time
from collections import deque

from studio.events import Progress, Waiting

EVERY = 0.1
"""Seconds between two words."""

PAUSE = 3.0
"""Seconds that a pause has at least, and `FOLD` times as long as any step before it."""

FOLD = 10.0

_WINDOW = 3.0
"""Seconds over which the rate is taken."""


class Pace:
    """Counts the units of one stage."""

    def __init__(self, stage: str, total: float = 0, unit: str = "photos", behind: float = 0) -> None:
        """Begin now, with `behind` units done before: they cost no time and say nothing about the rate."""
        self.stage = stage
        self.total = total
        self.unit = unit
        self._said = float("-inf")
        self._moved = time.monotonic()
        self._longest = 0.0
        self._was_paused = False
        self._rate = 0.0
        self._marks: deque[tuple[float, float]] = deque([(self._moved, behind)])

    def at(self, done: float) -> Progress | None:
        """Tell how much is done; gives an event where one is due."""
        now = time.monotonic()
        if self._paused(now):
            self._marks = deque([(now, done)])
        if now - self._said < EVERY:
            return None
        self._said = now
        return self._progress(done, now)

    def late(self, path: str) -> Waiting:
        """Tell that nothing moved since, for want of a file."""
        return Waiting(path, time.monotonic() - self._moved)

    def end(self, done: float) -> Progress:
        """The last word of the stage, due or not."""
        return self._progress(done, time.monotonic())

    def _paused(self, now: float) -> bool:
        """True where the step that ends now was a pause. Two in a row are none: from now on steps take that long."""
        step, self._moved = now - self._moved, now
        self._was_paused = not self._was_paused and step > PAUSE and 0.0 < self._longest < step / FOLD
        if not self._was_paused:
            self._longest = max(self._longest, step)
        return self._was_paused

    def _progress(self, done: float, now: float) -> Progress:
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW:
            self._marks.popleft()
        since, before = self._marks[0]
        if now > since:
            self._rate = (done - before) / (now - since)
        left = (self.total - done) / self._rate if self._rate > 0 and self.total else None
        return Progress(self.stage, done, self.total, self.unit, self._rate, left)
