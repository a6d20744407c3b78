"""Geometry of the resize and crop: which part of a photo the network sees, and how its shape changes.

The numbers are those that `preprocess.frame` computes with, so that a frame drawn on a photo is the crop itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.spec import PreprocessSpec

SHAPES = 250
"""Number of shapes whose aspect ratios differ by a factor of e."""


class Typical(NamedTuple):
    """The median and the largest of many numbers."""

    median: float
    most: float


class Fit(NamedTuple):
    """Effect of a preprocessing on photos, one number or one array each.

    Attributes:
        cut: Share of the photo's area that is cut away.
        border: Share of the network's input that is border.
        stretch: Factor by which the aspect ratio changes, at least 1.
    """

    cut: NDArray[np.float64]
    border: NDArray[np.float64]
    stretch: NDArray[np.float64]


def whole_size(size: tuple[int, int], spec: PreprocessSpec) -> tuple[int, int]:
    """Width and height of a photo of `size` (width, height) after the resize, before the crop."""
    if spec.crop == "squash":
        return spec.resize[1], spec.resize[0]
    (width, height), short = size, spec.resize[0]
    if width <= height:
        return short, int(short * height / width)
    return int(short * width / height), short


def inside_size(size: tuple[int, int], spec: PreprocessSpec) -> tuple[int, int]:
    """Width and height of a photo of `size` (width, height) inside the border."""
    height, width = spec.size
    share = min(width / size[0], height / size[1])
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def crop_part(whole: int, crop: int) -> tuple[int, int, int]:
    """Part of one axis that a center crop keeps: first pixel, end (exclusive), and where the first is in the crop."""
    if crop > whole:
        return 0, whole, (crop - whole) // 2
    first = round((whole - crop) / 2.0)
    return first, first + crop, 0


def crop_box(size: tuple[int, int], spec: PreprocessSpec) -> tuple[float, float, float, float] | None:
    """The part of a photo that the crop keeps, as shares of its width and height; None where it keeps all.

    Args:
        size: Width and height of the photo.
        spec: The preprocessing.

    Returns:
        Left, top, width and height.
    """
    if spec.crop == "border":
        return None
    across, down = whole_size(size, spec)
    left, right, _ = crop_part(across, spec.size[1])
    top, bottom, _ = crop_part(down, spec.size[0])
    if (right - left, bottom - top) == (across, down):
        return None
    return left / across, top / down, (right - left) / across, (bottom - top) / down


def fit(sizes: NDArray[np.int64], spec: PreprocessSpec) -> Fit:
    """Effect of a preprocessing on photos of many sizes at once.

    Args:
        sizes: (N, 2), width and height of each photo.
        spec: The preprocessing.

    Returns:
        Arrays of N numbers, up to the rounding of whole pixels.
    """
    width, height = np.maximum(sizes, 1).astype(np.float64).T
    high, wide = spec.size
    none = np.zeros(len(sizes))
    if spec.crop == "border":
        share = np.minimum(wide / width, high / height)
        return Fit(none, _left(width * height * share**2 / (wide * high)), none + 1)
    if spec.crop == "squash":
        across, down = none + spec.resize[1], none + spec.resize[0]
    else:
        across, down = (side * spec.resize[0] / np.minimum(width, height) for side in (width, height))
    seen = np.minimum(across, wide) * np.minimum(down, high)
    ratio = (across / down) / (width / height)
    stretch = np.maximum(ratio, 1 / ratio) if spec.crop == "squash" else none + 1
    return Fit(_left(seen / (across * down)), _left(seen / (wide * high)), stretch)


def _left(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """One minus a share; rounding errors must not make it negative."""
    return np.maximum(0.0, 1.0 - share)


def shapes(sizes: Iterable[tuple[int, int]]) -> tuple[tuple[int, int, int], ...]:
    """Width and height of a photo of each shape, and the number of photos of this shape.

    Photos whose aspect ratios differ by less than 0.4 % count as one shape: a crop has the same effect on them, and
    even a million photos have only some hundred shapes.
    """
    first: dict[int, tuple[int, int]] = {}
    counts: Counter[int] = Counter()
    for width, height in sizes:
        shape = round(SHAPES * math.log(max(1, width) / max(1, height)))
        first.setdefault(shape, (width, height))
        counts[shape] += 1
    return tuple((*first[shape], counts[shape]) for shape in sorted(counts))


def of_photos(sizes: Sequence[tuple[int, int, int]], spec: PreprocessSpec) -> tuple[Typical, Typical, Typical]:
    """Share cut away, share of border, and factor of the aspect ratio, over all photos of a data set.

    Args:
        sizes: Width, height and number of photos of each shape, at least one.
        spec: The preprocessing.
    """
    table = np.array(sizes, dtype=np.int64)
    cut, border, stretch = (np.repeat(values, table[:, 2]) for values in fit(table[:, :2], spec))
    one, two, three = (Typical(float(np.median(values)), float(values.max())) for values in (cut, border, stretch))
    return one, two, three
