"""Results of the checks of `thaw doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """The check of one thing that the program needs.

    Attributes:
        name: Short and stable: `torch`, `cuda:0`, `cache`, `window`, …
        ok: True where it works.
        found: Its version or state, or what is wrong with it.
        hint: What to do; "" where it works.
    """

    name: str
    ok: bool
    found: str
    hint: str = ""
