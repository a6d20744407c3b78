"""Value ranges in the record of a run or in the card of an exported head."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from studio.events import EstimatedRange, ValueRanges
from studio.spec import SampleKind, UserError, ValueRange

KEY = "value_range"
"""Key of the ranges. Version 0.1 did not write it, because it scaled each photo by its own extremes."""


def of(data: Mapping[str, Any]) -> ValueRanges:
    """The value ranges of a record or a card.

    Raises:
        UserError: The ranges are invalid.
    """
    stored = data.get(KEY)
    if stored is None:
        return ValueRanges(by_photo=True)
    try:
        chosen = stored["chosen"]
        estimated = tuple(
            EstimatedRange(_kind(one["kind"]), *_ends(one), photos=int(one["photos"])) for one in stored["estimated"]
        )
        return ValueRanges(None if chosen is None else ValueRange(*_ends(chosen)), estimated, bool(stored["by_photo"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"“{KEY}” of the record has the invalid value {stored!r}.", "Restore an unchanged copy of the file."
        ) from error


def _ends(stored: dict[str, Any]) -> tuple[float, float]:
    low, high = float(stored["low"]), float(stored["high"])
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(stored)
    return low, high


def _kind(stored: Any) -> SampleKind:
    if stored == "integer":
        return "integer"
    if stored == "float":
        return "float"
    raise ValueError(stored)
