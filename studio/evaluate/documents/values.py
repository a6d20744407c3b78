"""Values with their intervals as JSON."""

from __future__ import annotations

from typing import Any

from studio.evaluate.intervals import Interval


def interval(one: Interval) -> dict[str, Any]:
    """A value with its interval as JSON; unknown ends become null."""
    low, high = (one.low, one.high) if one.is_known else (None, None)
    return {"value": one.value, "low": low, "high": high, "n": one.n, "method": one.method}
