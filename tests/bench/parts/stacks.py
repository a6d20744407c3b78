"""Samples stacks while the event loop of a window is late, to say what it was late for."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.002
MOST_SAMPLES = 1000
LEAST_SHARE = 0.08
"""Share of the samples from which a call is printed."""

DEEPEST = 26


class Stacks:
    """Samples the stacks of all threads while the loop is late. It needs the interpreter lock, like the window."""

    def __init__(self, late_ms: int, tick_ms: int) -> None:
        self._late, self._tick_ms = late_ms, tick_ms
        self._window: list[tuple[str, ...]] = []
        self._held: list[str] = []
        self._last = time.perf_counter()
        threading.Thread(target=self._look, name="stacks", daemon=True).start()

    def report(self, late: float, stage: str) -> None:
        """Print what the loop did if it was late."""
        window, self._window = self._window, []
        held, self._held = self._held, []
        self._last = time.perf_counter()
        if late > self._late:
            print(f"--- {late:.0f} ms late, {stage}", *_tree(Counter(window[:])), *held[:], sep="\n", file=sys.stderr)

    def _look(self) -> None:
        own, main = threading.get_ident(), threading.main_thread().ident
        before = time.perf_counter()
        while True:
            time.sleep(EVERY_S)
            now = time.perf_counter()
            asleep, before = (now - before) * 1000, now
            frames = sys._current_frames()
            late = (now - self._last) * 1000 > self._tick_ms + 2
            if late and main in frames and len(self._window) < MOST_SAMPLES:
                self._window.append(_calls(frames[main]))
            if asleep > self._late and len(self._held) < 20:  # a call held the interpreter lock, or there was no core
                self._held.append(f"  no thread got the interpreter for {asleep:.0f} ms; then they were at:")
                for number, frame in frames.items():
                    calls = _calls(frame)
                    if number not in (own, main) and not calls[-1].startswith(("threading.py", "job_thread.py")):
                        self._held.append(f"      {' > '.join(calls[-6:])}")
            del frames


def _calls(frame: FrameType) -> tuple[str, ...]:
    return tuple(f"{Path(one.filename).name}:{one.name}" for one in traceback.extract_stack(frame, limit=60))


def _tree(samples: Counter[tuple[str, ...]]) -> list[str]:
    """The calls by their share of the samples, indented by depth."""
    total = samples.total()
    inclusive: Counter[tuple[str, ...]] = Counter()
    for calls, number in samples.items():
        for depth in range(1, len(calls) + 1):
            inclusive[calls[:depth]] += number
    rows = sorted(calls for calls, number in inclusive.items() if number >= max(1, LEAST_SHARE * total))
    start = 0
    while rows and all(row[: start + 1] == rows[-1][: start + 1] or len(row) <= start for row in rows):
        start += 1
    shown = [row for row in rows if start < len(row) <= start + DEEPEST]
    return [f"  {100 * inclusive[row] // total:3d} %{'  ' * (len(row) - start)}{row[-1]}" for row in shown]
