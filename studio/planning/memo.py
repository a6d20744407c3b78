"""Remembers results for a freeze plan and a network, or for a list of runs, which the window asks for many times.

A layer table has some hundred layers, so comparing or hashing it takes longer than most of these functions. Tables and
tuples never change; hence they are the same argument only if they are the same object.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from studio.events import LayerTable

P = ParamSpec("P")
R = TypeVar("R")

MOST = 32
"""Results that each function remembers: those of some freeze plans for the networks in use, or of some runs."""


class _Same:
    """An object that equals only itself; it also keeps the object, so that no other one gets its identity."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Remember the results of a pure function whose arguments are hashable, layer tables, or tuples.

    Errors are not remembered. A list, which might change, is never remembered.
    """

    @functools.lru_cache(maxsize=MOST)
    def known(*arguments: object) -> R:
        return function(*(one.value if isinstance(one, _Same) else one for one in arguments))  # type: ignore[call-arg, arg-type]

    @functools.wraps(function)
    def asked(*arguments: P.args, **named: P.kwargs) -> R:
        if named or any(isinstance(one, list) for one in arguments):
            return function(*arguments, **named)
        return known(*(_Same(one) if isinstance(one, LayerTable | tuple) else one for one in arguments))

    return asked
