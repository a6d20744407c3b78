"""Long lists of parameters: a few run by default, all of them with the slow tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def few(values: Iterable[Any], keep: Collection[Any]) -> list[Any]:
    """Parameters of which those not in `keep` are marked slow; what stands for a row is its first value.

    Raises:
        ValueError: Something in `keep` is not among the values, so that fewer would run than were meant to.
    """
    rows = list(values)
    missing = [one for one in keep if one not in [_key(row) for row in rows]]
    if missing:
        raise ValueError(f"not among the parameters: {missing}")
    return [row if _key(row) in keep else _slow(row) for row in rows]


def _key(row: Any) -> Any:
    return row[0] if isinstance(row, tuple) else row


def _slow(row: Any) -> Any:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=pytest.mark.slow)
