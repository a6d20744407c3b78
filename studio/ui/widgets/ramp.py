"""Colours for shares of one, and the ink that can be read on each of them: contrast is never under 4.5 : 1."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

STEPS = 256
LEAST_CONTRAST = 4.5
LIGHT_INK, DARK_INK = "#ffffff", "#12151b"

Colours = NDArray[np.float64]


def rgb(colour: str) -> Colours:
    """The three parts of a colour, 0…255."""
    shade = QColor(colour)
    return np.array((shade.red(), shade.green(), shade.blue()), np.float64)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 defines it, 1…21."""
    upper, lower = sorted((_luminance(rgb(one)), _luminance(rgb(other))), reverse=True)
    return (upper + 0.05) / (lower + 0.05)


def ink_on(colour: str) -> str:
    """The ink that stands out more on a colour."""
    return max((LIGHT_INK, DARK_INK), key=lambda ink: contrast(ink, colour))


@lru_cache(maxsize=4)
def ramp(low: str, high: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Colours from `low` (share 0) to `high` (share 1), and the ink of each.

    One ink serves the lower half and one the upper, so that cells of nearly the same colour look alike; colours in
    between, on which neither ink is easy to read, move away from theirs.

    Returns:
        (256, 3) colours and 256 inks.
    """
    colours, inks = np.zeros((STEPS, 3), np.uint8), []
    for step in range(STEPS):
        share = step / (STEPS - 1)
        ink = ink_on(low if share < 0.5 else high)
        away = rgb("#000000" if ink == LIGHT_INK else "#ffffff")
        shade = rgb(low) + (rgb(high) - rgb(low)) * share
        while contrast(_name(shade), ink) < LEAST_CONTRAST:
            shade = shade + (away - shade) * 0.04
        colours[step] = shade.round()
        inks.append(ink)
    return colours, tuple(inks)


def step_of(share: float) -> int:
    """Place of a share on the ramp."""
    return round(share * (STEPS - 1))


def _name(shade: Colours) -> str:
    return QColor(*(int(part) for part in shade.round())).name()


def _luminance(shade: Colours) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shade / 255]
    return float(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])
