"""Numbers as people read them: with units, with the right signs, and always in the same way."""

from __future__ import annotations

import math


def figures(value: float, digits: int = 3) -> str:
    """A number of unknown size in so many significant digits: “3.21”, “12,300”, “0.00042”, “6.02e+23”."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}".replace("-", "−")
    size = math.floor(math.log10(abs(value)))
    if not -5 <= size < 9:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    places = max(0, digits - 1 - size)
    text = f"{value:,.{places}f}"
    return text.replace("-", "−")
