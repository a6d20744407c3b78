"""Color scale for shares from 0 to 1, with a text color for each: monotone lightness, contrast at least 4.5 : 1."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from studio.ui.theme.palette import Palette

STEPS = 256
LEAST_CONTRAST = 4.5
# On any color, white or pure black has a contrast of at least 4.58 : 1. With a softer black, neither reaches 4.5 on
# some colors, and moving those colors away from their text color would break the order of lightness.
LIGHT_INK, DARK_INK = "#ffffff", "#000000"

Colors = NDArray[np.float64]


def rgb(color: str) -> Colors:
    """Red, green and blue of a color, 0…255."""
    shade = QColor(color)
    return np.array((shade.red(), shade.green(), shade.blue()), np.float64)


def luminance(color: str) -> float:
    """Relative luminance of a color as defined by WCAG 2, 0…1."""
    return float(_luminance(rgb(color)))


def _luminance(colors: Colors) -> Colors:
    """Relative luminance of (…, 3) colors."""
    shares = colors / 255
    parts = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return np.asarray(parts @ (0.2126, 0.7152, 0.0722), np.float64)


def contrast(one: str, other: str) -> float:
    """Contrast of two colors as defined by WCAG 2, 1…21."""
    upper, lower = sorted((luminance(one), luminance(other)), reverse=True)
    return (upper + 0.05) / (lower + 0.05)


def ink_on(color: str) -> str:
    """White where it is readable on a color, else black."""
    return _inks(rgb(color)[None])[0]


def _inks(colors: Colors) -> tuple[str, ...]:
    """The text color for each of (n, 3) colors, by the rule of `ink_on`."""
    readable = (luminance(LIGHT_INK) + 0.05) / (_luminance(colors) + 0.05) >= LEAST_CONTRAST
    return tuple(LIGHT_INK if light else DARK_INK for light in readable.tolist())


def ends(palette: Palette) -> tuple[str, str]:
    """Colors of the shares 0 and 1: different from the card, and dark enough for white text in the light palette."""
    light = luminance(palette.card) > 0.5
    return palette.accent_soft, QColor(palette.accent).darker(130).name() if light else palette.accent


@lru_cache(maxsize=8)
def ramp_colors(low: str, high: str) -> NDArray[np.uint8]:
    """(256, 3) evenly spaced colors from `low` (share 0) to `high` (share 1)."""
    shares = np.linspace(0, 1, STEPS)[:, None]
    return np.asarray((rgb(low) + (rgb(high) - rgb(low)) * shares).round(), np.uint8)


@lru_cache(maxsize=8)
def ramp(low: str, high: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Evenly spaced colors from `low` (share 0) to `high` (share 1), and the text color for each.

    Returns:
        (256, 3) colors and 256 text colors.
    """
    colors = ramp_colors(low, high)
    return colors, _inks(colors.astype(np.float64))


def step_of(share: float) -> int:
    """Index of the color of a share, 0…255."""
    return round(share * (STEPS - 1))
