"""Parameter lists of which a few run by default, and all with the slow tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def few(values: Iterable[Any], keep: Collection[Any]) -> list[Any]:
    """Mark parameters that are not in `keep` as slow; a row is identified by its first value.

    Raises:
        ValueError: An element of `keep` is not among the values, so that fewer tests would run than intended.
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
