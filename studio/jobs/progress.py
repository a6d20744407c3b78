"""Progress of a stage, reported at most ten times a second.

Rate and remaining time come from the last few seconds, not from the start, so that they follow changes of speed, for
instance when a laptop is unplugged. A pause that is far longer than the steps before it (the computer slept, a server
did not answer) is excluded: an hour of sleep must not become a rate of one photo per hour.
"""

from __future__ import annotations

import time
from collections import deque

from studio.events import Progress, Waiting
from studio.system import remote

EVERY = 0.1
"""Shortest time between two reports in seconds."""

PAUSE = 3.0
"""Shortest pause in seconds; a pause is also at least `PAUSE_RATIO` times as long as any step before it."""

PAUSE_RATIO = 10.0

_WINDOW = 3.0
"""Time in seconds over which the rate is averaged."""


class Pace:
    """Progress and rate of one stage.

    Args:
        stage: Name of the stage.
        total: Number of all units; 0 where it is unknown.
        unit: Name of the units.
        done_before: Number of units that were finished before this job; they do not affect the rate.
    """

    def __init__(self, stage: str, total: float = 0, unit: str = "photos", done_before: float = 0) -> None:
        self.stage = stage
        self.total = total
        self.unit = unit
        self._reported = float("-inf")
        self._moved = time.monotonic()
        self._longest = 0.0
        self._was_paused = False
        self._rate = 0.0
        self._marks: deque[tuple[float, float]] = deque([(self._moved, done_before)])

    def at(self, done: float) -> Progress | None:
        """Set the number of finished units; returns an event if one is due."""
        now = time.monotonic()
        if self._paused(now):
            self._marks = deque([(now, done)])
        if now - self._reported < EVERY:
            return None
        self._reported = now
        return self._progress(done, now)

    def late(self, path: str) -> Waiting:
        """The event that says that the stage waits for a file."""
        return Waiting(remote.url_of(path) or path, time.monotonic() - self._moved)

    def end(self, done: float) -> Progress:
        """The last event of the stage, sent whether or not one is due."""
        return self._progress(done, time.monotonic())

    def _paused(self, now: float) -> bool:
        """True where the step that ends now was a pause; two long steps in a row mean that the work became slower."""
        step, self._moved = now - self._moved, now
        self._was_paused = not self._was_paused and step > PAUSE and 0.0 < self._longest < step / PAUSE_RATIO
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
