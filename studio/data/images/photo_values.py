"""Properties of a photo by which judged photos are sliced: size, aspect ratio, brightness, sharpness, camera."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.data.formats.unreadable import Unreadable
from studio.data.images import decode, origin

SIDE = 128
"""Longer side in pixels of the picture whose sharpness is measured, so that large and small photos are comparable."""


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


class MeasuredPhoto(NamedTuple):
    """All properties of a photo.

    Attributes:
        values: Its numbers.
        camera: Make and model of its camera; "" where the file does not state them.
    """

    values: PhotoValues
    camera: str


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


def measured(path: str | os.PathLike[str]) -> MeasuredPhoto:
    """Measure a photo, and read its camera."""
    return MeasuredPhoto(of_photo(path), camera_of(path))


def camera_of(path: str | os.PathLike[str]) -> str:
    """Make and model of the camera as the file states them: “Canon EOS 80D”; "" where it does not."""
    try:
        with Image.open(path) as image:
            return origin.of(image)[1]
    except Exception:  # a damaged file may raise anything
        return ""


def _sharpness(gray: NDArray[np.float32]) -> float:
    if min(gray.shape) < 3:
        return 0.0
    inner = gray[1:-1, 1:-1]
    laplacian = gray[:-2, 1:-1] + gray[2:, 1:-1] + gray[1:-1, :-2] + gray[1:-1, 2:] - 4 * inner
    return float(laplacian.std())
