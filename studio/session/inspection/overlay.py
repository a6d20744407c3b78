"""A heatmap over its photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LUMA = np.array((0.299, 0.587, 0.114))
"""Weights of red, green and blue in the luma (ITU-R BT.601)."""

OPACITY = 0.75
"""Opacity of the color where the heat is highest; where there is none, the photo stays as it is."""


def enlarged(heat: NDArray[np.float32], height: int, width: int) -> NDArray[np.float64]:
    """A map (h, w) at another size, interpolated linearly between the middles of its cells."""
    rows = (np.arange(height) + 0.5) / height * heat.shape[0] - 0.5
    columns = (np.arange(width) + 0.5) / width * heat.shape[1] - 0.5
    across = np.stack([np.interp(columns, np.arange(heat.shape[1]), row) for row in heat])
    return np.stack([np.interp(rows, np.arange(heat.shape[0]), across[:, column]) for column in range(width)], axis=1)


def overlaid(
    pixels: NDArray[np.uint8], heat: NDArray[np.float32], table: NDArray[np.uint8], opaque: float = OPACITY
) -> NDArray[np.uint8]:
    """The photo (H, W, 3) in gray, under the colors (256, 3) of its heat (h, w), `opaque` where it is highest."""
    gray = np.rint(pixels @ LUMA)[..., None]  # colors of the photo could be mistaken for heat
    heat = np.nan_to_num(heat, nan=0.0, posinf=0.0)  # a run that diverged gives NaN
    highest = float(heat.max())
    if highest <= 0:
        return np.repeat(gray, 3, axis=2).astype(np.uint8)
    share = enlarged(heat / highest, *pixels.shape[:2]).clip(0, 1)
    colors = table[(share * 255).round().astype(np.uint8)]
    opacity = opaque * share[..., None]
    return np.asarray((1 - opacity) * gray + opacity * colors).round().astype(np.uint8)


def placed(
    photo: NDArray[np.uint8],
    crop: tuple[float, float, float, float],
    heat: NDArray[np.float32],
    table: NDArray[np.uint8],
    opaque: float = OPACITY,
) -> NDArray[np.uint8]:
    """The whole photo (H, W, 3), with the heat over the part that the network sees.

    Args:
        photo: (H, W, 3).
        crop: This part: left, top, width and height as shares of the photo's size.
        heat: (h, w), as in `overlaid`.
        table: Colors, as in `overlaid`.
        opaque: As in `overlaid`.
    """
    height, width = photo.shape[:2]
    left, top = round(crop[0] * width), round(crop[1] * height)
    right, bottom = round((crop[0] + crop[2]) * width), round((crop[1] + crop[3]) * height)
    region = (slice(max(0, top), max(top + 1, bottom)), slice(max(0, left), max(left + 1, right)))
    result = photo.copy()
    result[region] = overlaid(photo[region], heat, table, opaque)
    return result
