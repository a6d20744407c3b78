"""The value ranges of a record: read as written, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from studio.events import EstimatedRange, ValueRanges
from studio.runs.files import value_ranges
from studio.runs.files.record import json_value
from studio.spec import UserError, ValueRange

RANGES = ValueRanges(
    ValueRange(0, 4095), (EstimatedRange("integer", 0, 1023, 3), EstimatedRange("float", -1.0, 1.0, 2))
)


def test_value_ranges_are_read_as_they_were_written() -> None:
    for ranges in (RANGES, ValueRanges(), ValueRanges(by_photo=True)):
        assert value_ranges.of({value_ranges.KEY: json_value(ranges)}) == ranges
    assert value_ranges.of({}) == ValueRanges(by_photo=True), "as version 0.1 read its photos"


@pytest.mark.parametrize(
    "change",
    [
        {"chosen": {"low": 1, "high": 1}},
        {"chosen": {"low": 0, "high": float("inf")}},
        {"chosen": {"low": 0}},
        {"estimated": [{"kind": "complex", "low": 0, "high": 1, "photos": 1}]},
        {"estimated": [{"kind": "float", "low": 0, "high": 1, "photos": "many"}]},
        {"estimated": 3},
    ],
)
def test_invalid_ranges_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"value_range.*invalid value"):
        value_ranges.of({value_ranges.KEY: json_value(RANGES) | change})
