"""Measures how late a timer of a thread fires, and what the thread waited for."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import NamedTuple

TICK_MS = 10


class Delay(NamedTuple):
    """Milliseconds between two ticks.

    Attributes:
        late: Time by which the tick came late.
        own: Processor time of the thread.
        queued: Time for which the thread could have run, and had no core.
        waited: The part of `late` that is neither: the thread slept, which is a wait for the interpreter, a lock or a
            file.
    """

    late: float
    own: float
    queued: float
    waited: float


class ThreadClock:
    """Times of the thread that creates it. Without Linux's counters, time without a core counts as waited."""

    def __init__(self) -> None:
        self._counters = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._last = self._now()

    def lap(self) -> Delay:
        """The times since the last call, which should have been `TICK_MS` ago."""
        before, self._last = self._last, self._now()
        passed, own, queued = ((now - then) * 1000 for now, then in zip(self._last, before, strict=True))
        late = max(0.0, passed - TICK_MS)
        return Delay(late, own, queued, max(0.0, late - own - queued))

    def _now(self) -> tuple[float, float, float]:
        queued = int(self._counters.read_text().split()[1]) * 1e-9 if self._counters.exists() else 0.0
        return time.perf_counter(), time.thread_time(), queued
