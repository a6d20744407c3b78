"""Arranges the output of a layer as maps whose cells are positions in the photo, and describes its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from studio.events import OutputFacts

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Folded:
    """One photo's output, arranged by channels.

    Attributes:
        maps: (C, h, w) maps; (1, T, C) for tokens without positions; (1, 1, D) for a vector.
        grid: True if the cells are positions in the photo.
        tokens: (n, C) tokens before those of the patches; None without any.
    """

    maps: Array
    grid: bool
    tokens: Array | None = None


def of_one_photo(tensor: Tensor) -> tuple[Tensor, bool]:
    """The output of a pass with one photo, without the batch dimension; True if that holds windows, which remain."""
    if tensor.ndim == 3 and tensor.shape[0] != 1 == tensor.shape[1]:
        return tensor[:, 0], False  # torch's attention has tokens before photos, unless `batch_first` is set
    if tensor.ndim > 1 and tensor.shape[0] != 1:
        return tensor, tensor.ndim > 2  # windowed attention has windows in place of photos
    return tensor[0], False


def fold(output: Array, windows: bool = False) -> Folded:
    """Arrange one photo's layer output of any shape.

    Windows (W, …, C) are tokens without positions: their order depends on the network, which may shift them.
    (C, H, W) are feature maps already; (H, W, C), as in some transformers, is transposed; tokens (T, C) are arranged
    in a square, without class tokens; anything else is a vector.
    """
    if windows:
        return Folded(output.reshape(1, -1, output.shape[-1]), False)
    if output.ndim == 3:
        height, width, depth = output.shape
        maps = output.transpose(2, 0, 1) if height == width != depth else output
        return Folded(maps, maps.shape[1] > 1 or maps.shape[2] > 1)
    if output.ndim == 2 and (square := square_of(output.shape[0])) is not None:
        side, extra = square
        maps = output[extra:].T.reshape(output.shape[1], side, side)
        return Folded(maps, True, output[:extra] if extra else None)
    if output.ndim == 2:
        return Folded(output[None], False)
    return Folded(output.reshape(1, 1, -1), False)


def strongest_spread(folded: Folded, limit: int) -> tuple[Array, tuple[int, ...]]:
    """At most `limit` maps, those with the largest standard deviation first, and their channels."""
    maps = folded.maps
    if not folded.grid and len(maps) == 1:
        return np.ascontiguousarray(maps, dtype=np.float32), (0,)
    order = np.argsort(-maps.reshape(len(maps), -1).std(1), kind="stable")[:limit]
    return np.ascontiguousarray(maps[order], dtype=np.float32), tuple(int(index) for index in order)


def facts(folded: Folded) -> OutputFacts:
    """Statistics of the values of a whole output."""
    maps = folded.maps
    rows = maps.reshape(len(maps), -1)
    if rows.shape[0] == 1 and not folded.grid:
        rows = rows.reshape(-1, 1)  # each value of a vector is a channel
    lowest, highest = rows.min(1), rows.max(1)
    constant = (lowest == highest) if rows.shape[1] > 1 else (lowest == 0)
    values = maps.reshape(-1)
    if not np.isfinite(highest).all() or not np.isfinite(lowest).all():
        values = values[np.isfinite(values)]
    if not values.size:
        return OutputFacts(float("nan"), float("nan"), float("nan"), 0.0, int(constant.sum()), len(rows))
    zeros = 1 - int(np.count_nonzero(values)) / int(values.size)
    mean = float(values.mean(dtype=np.float64))
    return OutputFacts(float(values.min()), float(values.max()), mean, zeros, int(constant.sum()), len(rows))


def square_of(tokens: int) -> tuple[int, int] | None:
    """Side of the square that tokens form after up to 5 extra ones, and the number of those; None if they form none."""
    for extra in range(6):
        side = round((tokens - extra) ** 0.5) if tokens > extra else 0
        if side > 1 and side * side == tokens - extra:
            return side, extra
    return None
