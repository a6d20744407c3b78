"""Sorts many values in parts: one call of `sorted` would hold the interpreter, and so block the window."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any, TypeVar

PART = 4000
"""Number of values that are sorted at once, which takes a few milliseconds."""

Value = TypeVar("Value", bound=Any)


def sorted_in_parts(values: Iterable[Value]) -> list[Value]:
    """The same as `sorted`, in twice its time."""
    listed = list(values)
    if len(listed) <= PART:
        return sorted(listed)
    return list(heapq.merge(*(sorted(listed[start : start + PART]) for start in range(0, len(listed), PART))))
