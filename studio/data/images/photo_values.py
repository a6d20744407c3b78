"""Numbers of a photo by which judged photos are sliced: size, aspect ratio, brightness, sharpness."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.data.formats.unreadable import Unreadable
from studio.data.images import decode

SIDE = 128
"""Longer side in pixels of the picture whose sharpness is measured, so that large and small photos compare."""


class PhotoValues(NamedTuple):
    """Numbers of a photo; NaN where it cannot be read.

    Attributes:
        megapixels: Width times height in millions.
        aspect: Width divided by height.
        brightness: Mean gray level, 0…1.
        sharpness: Standard deviation of the Laplacian of the gray levels, 0…1; of a blurred photo it is low.
    """

    megapixels: float
    aspect: float
    brightness: float
    sharpness: float


UNKNOWN = PhotoValues(np.nan, np.nan, np.nan, np.nan)


def of_photo(path: str | os.PathLike[str]) -> PhotoValues:
    """Measure a photo."""
    try:
        facts = decode.check(path).facts
        picture = decode.thumbnail(path, SIDE)
    except Unreadable:
        return UNKNOWN
    gray = picture.astype(np.float32).mean(axis=2) / 255
    width, height = facts.width, facts.height
    return PhotoValues(width * height / 1e6, width / max(1, height), float(gray.mean()), _sharpness(gray))


def _sharpness(gray: NDArray[np.float32]) -> float:
    if min(gray.shape) < 3:
        return 0.0
    inner = gray[1:-1, 1:-1]
    laplacian = gray[:-2, 1:-1] + gray[2:, 1:-1] + gray[1:-1, :-2] + gray[1:-1, 2:] - 4 * inner
    return float(laplacian.std())
