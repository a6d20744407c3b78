"""Event of `thaw doctor`: the result of one check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """The result of one check of the environment.

    Attributes:
        name: Stable name of what was checked: `torch`, `cuda:0`, `cache`, `window`, …
        ok: True where it works.
        detail: Its version or state, or the error.
        hint: What to do; "" where it works.
        kernel_ran: For a device: True where it computed anything, correctly or not; None for other checks.
    """

    name: str
    ok: bool
    detail: str
    hint: str = ""
    kernel_ran: bool | None = None
