"""The ranges of values that the record of a run, or the card of an exported head, names."""

from __future__ import annotations

import math
from typing import Any

from studio.events import EstimatedRange, ValueRanges
from studio.spec import Fault, SampleKind, ValueRange

KEY = "value_range"
"""Of the record. Records of version 0.1 have none: their runs scaled each photo by its own extremes."""


def of(data: dict[str, Any]) -> ValueRanges:
    """What a record or a card says.

    Raises:
        Fault: It was edited and makes no sense.
    """
    told = data.get(KEY)
    if told is None:
        return ValueRanges(by_photo=True)
    try:
        chosen = told["chosen"]
        estimated = tuple(
            EstimatedRange(_kind(one["kind"]), *_ends(one), photos=int(one["photos"])) for one in told["estimated"]
        )
        return ValueRanges(None if chosen is None else ValueRange(*_ends(chosen)), estimated, bool(told["by_photo"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Fault(
            f"“{KEY}” of the record cannot be {told!r}.", "Take the file from a run folder unchanged."
        ) from error


def _ends(told: dict[str, Any]) -> tuple[float, float]:
    low, high = float(told["low"]), float(told["high"])
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(told)
    return low, high


def _kind(told: Any) -> SampleKind:
    if told == "integer":
        return "integer"
    if told == "float":
        return "float"
    raise ValueError(told)
