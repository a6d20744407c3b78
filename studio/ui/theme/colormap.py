"""Colormaps for feature maps, perceptually uniform and readable in gray, and for their changes, on light and dark.

Both are distinguishable with color blindness: one goes from dark to light, the other from blue over the card to orange.
The anchors are those of matplotlib's viridis (Smith and van der Walt, 2015; public domain), interpolated linearly.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

_ANCHORS = (
    (0x44, 0x01, 0x54),
    (0x48, 0x28, 0x78),
    (0x3E, 0x49, 0x89),
    (0x31, 0x68, 0x8E),
    (0x26, 0x82, 0x8E),
    (0x1F, 0x9E, 0x89),
    (0x35, 0xB7, 0x79),
    (0x6E, 0xCE, 0x58),
    (0xB5, 0xDE, 0x2B),
    (0xFD, 0xE7, 0x25),
)


def _table() -> NDArray[np.uint8]:
    places = np.linspace(0, len(_ANCHORS) - 1, 256)
    anchors = np.asarray(_ANCHORS, np.float64)
    channels = [np.interp(places, np.arange(len(_ANCHORS)), anchors[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


TABLE = _table()
"""(256, 3) uint8: red, green and blue for each of 256 levels."""


def levels(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values stretched to 0…1; those that are not finite count as the lowest, a constant is 0.5 everywhere."""
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, np.float32)
    low, high = float(values[finite].min()), float(values[finite].max())
    filled = np.where(finite, values, low).astype(np.float32)
    if high <= low:
        return np.full(values.shape, 0.5, np.float32)
    return np.asarray((filled - low) / (high - low), np.float32)


def colored(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(h, w) numbers as (h, w, 3) colors, stretched over the whole colormap."""
    return TABLE[(levels(values) * 255).round().astype(np.uint8)]


@lru_cache(maxsize=4)
def signed_table(below: str, zero: str, above: str) -> NDArray[np.uint8]:
    """(256, 3) colors from below 0 over 0, in the middle, to above 0."""
    stops = [(QColor(color).red(), QColor(color).green(), QColor(color).blue()) for color in (below, zero, above)]
    places = np.linspace(0, 2, 256)
    channels = [np.interp(places, (0, 1, 2), [stop[channel] for stop in stops]) for channel in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def colored_between(
    values: NDArray[np.float32], low: float, high: float, table: NDArray[np.uint8] = TABLE
) -> NDArray[np.uint8]:
    """(h, w) numbers as (h, w, 3) colors of a table whose ends are `low` and `high`; NaN counts as `low`."""
    if high <= low:
        return np.asarray(table[np.full(values.shape, 127, np.uint8)])
    with np.errstate(invalid="ignore"):
        shares = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / (high - low)
    return np.asarray(table[(shares.clip(0, 1) * 255).round().astype(np.uint8)])


def image(colors: NDArray[np.uint8]) -> QImage:
    """(h, w, 3) colors as a picture of Qt."""
    colors = np.ascontiguousarray(colors)
    height, width = colors.shape[:2]
    return QImage(colors.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
