"""Times the stages of a run."""

from __future__ import annotations

import time


class StageTimer:
    """Measures the seconds of each stage.

    Args:
        start: `time.perf_counter()` when the job began; the time since then counts as imports. None for now.
    """

    def __init__(self, start: float | None) -> None:
        now = time.perf_counter()
        self._start, self._last = start or now, now
        self._laps: dict[str, float] = {"import": round(now - self._start, 4)}

    def lap(self, name: str) -> None:
        """Add the time since the last lap to a stage."""
        now = time.perf_counter()
        self._laps[name] = round(self._laps.get(name, 0.0) + now - self._last, 4)
        self._last = now

    def total(self) -> dict[str, float]:
        """Seconds of each stage, and of the whole run as “total”."""
        return {**self._laps, "total": round(time.perf_counter() - self._start, 4)}
