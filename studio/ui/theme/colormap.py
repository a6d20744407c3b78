"""Colormap for feature maps: perceptually uniform, readable in gray, the same on light and dark.

The anchors are those of matplotlib's viridis (Smith and van der Walt, 2015; public domain), interpolated linearly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
