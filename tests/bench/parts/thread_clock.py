"""Measures how late a timer of a thread fires, and what the thread waited for."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import NamedTuple

TICK_MS = 10


class Delay(NamedTuple):
    """Milliseconds between two ticks.

    Attributes:
        late: Time by which the tick came late.
        own: Processor time of the thread.
        queued: Time for which the thread could have run, and had no core.
        waited: The part of `late` that is neither: the thread slept, which is a wait for the interpreter, a lock or a
            file, or its virtual machine was not running.
        stolen: Time for which the host of a virtual machine gave one of its cores to others; counted in steps of 10 ms.
    """

    late: float
    own: float
    queued: float
    waited: float
    stolen: float


class ThreadClock:
    """Times of the thread that creates it. Without Linux's counters, time without a core counts as waited."""

    def __init__(self) -> None:
        # Open all the time: each call that opens a file gives the interpreter to other threads, and would be measured.
        self._queued = _opened(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._cores = _opened("/proc/stat")
        self._last = self._now()

    def lap(self) -> Delay:
        """The times since the last call, which should have been `TICK_MS` ago."""
        before, self._last = self._last, self._now()
        passed, own, queued, stolen = ((now - then) * 1000 for now, then in zip(self._last, before, strict=True))
        late = max(0.0, passed - TICK_MS)
        return Delay(late, own, queued, max(0.0, late - own - queued), stolen)

    def _now(self) -> tuple[float, float, float, float]:
        queued = stolen = 0.0
        if self._queued is not None:
            queued = int(os.pread(self._queued, 100, 0).split()[1]) * 1e-9
        if self._cores is not None:
            stolen = int(os.pread(self._cores, 200, 0).split()[8]) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), time.thread_time(), queued, stolen


def _opened(path: str) -> int | None:
    with suppress(OSError):
        return os.open(path, os.O_RDONLY)
    return None
