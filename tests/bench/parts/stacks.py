"""Samples stacks while the event loop of a window is late, to find the cause of the delay.

The sampler runs in the same interpreter, which it needs for about 0.1 ms every few milliseconds, so published figures
are measured without it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import CodeType, FrameType

from parts.thread_clock import TICK_MS, Delay

EVERY_S = 0.004
MOST_SAMPLES = 1000
LEAST_SHARE = 0.08
"""Share of the time from which a call is printed."""

DEEPEST = 26
IDLE = ("threading.py", "job_thread.py", "stacks.py", "workers.py")
"""Files in which a thread waits for work."""

Calls = tuple[tuple[CodeType, int], ...]
"""Functions and lines, outermost first."""


class Stacks:
    """Samples the stacks of all threads while the loop is late."""

    def __init__(self, late_ms: int) -> None:
        self._late = late_ms
        self._window: list[tuple[Calls, float]] = []
        self._others: list[tuple[Calls, float]] = []
        self._last = time.perf_counter()
        threading.Thread(target=self._look, name="stacks", daemon=True).start()

    def report(self, delay: Delay, stage: str) -> None:
        """Print what the loop and the other threads did if the loop was late."""
        window, self._window = self._window, []
        others, self._others = self._others, []
        self._last = time.perf_counter()
        if delay.late > self._late:
            times = (
                f"own {delay.own:.0f}, waited {delay.waited:.0f}, no core {delay.queued:.0f}, stolen {delay.stolen:.0f}"
            )
            print(f"--- {delay.late:.0f} ms late ({times}), {stage}", *_tree(window), sep="\n", file=sys.stderr)
            busy = [line for line in _tree(others) if others]
            if busy:
                print("  other threads:", *busy, sep="\n", file=sys.stderr)

    def _look(self) -> None:
        own, main = threading.get_ident(), threading.main_thread().ident
        now = time.perf_counter()
        while True:
            time.sleep(EVERY_S)
            before, now = now, time.perf_counter()
            took = now - before  # a call that held the interpreter counts with all of its time
            if (now - self._last) * 1000 <= TICK_MS + 2 or len(self._window) >= MOST_SAMPLES:
                continue
            for number, frame in sys._current_frames().items():
                if number == main:
                    self._window.append((_calls(frame), took))
                elif number != own:
                    self._others.append((_calls(frame), took))
            del frame


def _calls(frame: FrameType | None) -> Calls:
    """The calls of a thread, without reading any source file."""
    calls = []
    while frame is not None:
        calls.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return tuple(reversed(calls))


def _tree(samples: list[tuple[Calls, float]]) -> list[str]:
    """The calls by their share of the time, indented by depth."""
    names: dict[tuple[str, ...], float] = defaultdict(float)
    for calls, took in samples:
        if not Path(calls[-1][0].co_filename).name.startswith(IDLE):
            names[tuple(f"{Path(code.co_filename).name}:{line} {code.co_name}" for code, line in calls)] += took
    total = sum(names.values())
    inclusive: dict[tuple[str, ...], float] = defaultdict(float)
    for row, number in names.items():
        for depth in range(1, len(row) + 1):
            inclusive[row[:depth]] += number
    rows = sorted(row for row, number in inclusive.items() if number >= LEAST_SHARE * total)
    start, longest = 0, max(map(len, rows), default=1)
    while start < longest - 1 and all(row[: start + 1] == rows[-1][: start + 1] or len(row) <= start for row in rows):
        start += 1
    shown = [row for row in rows if start < len(row) <= start + DEEPEST]
    return [f"  {100 * inclusive[row] / total:3.0f} %{'  ' * (len(row) - start)}{row[-1]}" for row in shown]
