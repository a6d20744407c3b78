"""What a look at the surroundings found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Checked:
    """One thing that the program stands on.

    Attributes:
        name: Short and stable: `torch`, `cuda:0`, `cache`, `window`, …
        ok: True where it works.
        found: What is there, or what is wrong with it.
        hint: What to do; "" where nothing is to be done.
    """

    name: str
    ok: bool
    found: str
    hint: str = ""
