"""How long each stage of a run took."""

from __future__ import annotations

import time


class _Clock:
    """Seconds per stage."""

    def __init__(self, began: float | None) -> None:
        now = time.perf_counter()
        self._began, self._last = began or now, now
        self._laps: dict[str, float] = {"import": round(now - self._began, 4)}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round(self._laps.get(name, 0.0) + now - self._last, 4)
        self._last = now

    def total(self) -> dict[str, float]:
        return {**self._laps, "total": round(time.perf_counter() - self._began, 4)}
