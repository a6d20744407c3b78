"""The part of a map that is visible: a center and a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MARGIN = 28
"""Pixels around all points when they are fitted."""

LEAST_EXTENT = 1e-6
CLOSEST, FARTHEST = 400.0, 0.25
"""Limits of the scale, relative to that which shows all points."""


@dataclass(frozen=True)
class Camera:
    """Turns positions of a map into pixels.

    Attributes:
        x: Position at the middle of the view.
        y: The same, upward.
        scale: Pixels per unit.
        fitted: The scale that shows all points.
    """

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    fitted: float = 1.0

    @classmethod
    def fitting(cls, positions: NDArray[np.float32], width: int, height: int) -> Camera:
        """The camera that shows all points."""
        if not len(positions):
            return cls()
        low, high = positions.min(axis=0), positions.max(axis=0)
        extent = np.maximum(high - low, LEAST_EXTENT)
        room = np.maximum(np.array([width, height]) - 2 * MARGIN, 8)
        scale = float((room / extent).min()) if (high > low).any() else 1.0
        middle = (low + high) / 2
        return cls(float(middle[0]), float(middle[1]), scale, scale)

    def pixels(self, positions: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
        """Pixels (N, 2) of positions (N, 2), from the top left corner."""
        across = (positions[:, 0] - self.x) * self.scale + width / 2
        down = (self.y - positions[:, 1]) * self.scale + height / 2
        return np.stack([across, down], axis=1).astype(np.float32)

    def moved(self, across: float, down: float) -> Camera:
        """The camera after the map was dragged by some pixels."""
        return Camera(self.x - across / self.scale, self.y + down / self.scale, self.scale, self.fitted)

    def zoomed(self, factor: float, across: float, down: float) -> Camera:
        """The camera after zooming; what is at this distance from the middle, in pixels, stays in place."""
        scale = float(np.clip(self.scale * factor, self.fitted * FARTHEST, self.fitted * CLOSEST))
        change = 1 / self.scale - 1 / scale
        return Camera(self.x + across * change, self.y - down * change, scale, self.fitted)


def inside(pixels: NDArray[np.float32], outline: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the points (N, 2) inside a closed outline (M, 2); one that crosses itself counts by the even-odd rule."""
    result = np.zeros(len(pixels), bool)
    if len(outline) < 3:
        return result
    near = np.flatnonzero(((pixels >= outline.min(axis=0)) & (pixels <= outline.max(axis=0))).all(axis=1))
    x, y = pixels[near, 0], pixels[near, 1]
    odd = np.zeros(len(near), bool)
    for (x1, y1), (x2, y2) in zip(outline.tolist(), np.roll(outline, -1, axis=0).tolist(), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            odd ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    result[near] = odd
    return result


def nearest(pixels: NDArray[np.float32], x: float, y: float, reach: float) -> int:
    """The point nearest to a pixel; -1 where none is within reach."""
    if not len(pixels):
        return -1
    squares = (pixels[:, 0] - x) ** 2 + (pixels[:, 1] - y) ** 2
    place = int(squares.argmin())
    return place if squares[place] <= reach * reach else -1


def next_in_direction(pixels: NDArray[np.float32], place: int, across: int, down: int) -> int:
    """The nearest point in a direction, for the arrow keys; the same one where there is none."""
    delta = pixels - pixels[place]
    along = delta[:, 0] * across + delta[:, 1] * down
    sideways = np.abs(delta[:, 0] * down) + np.abs(delta[:, 1] * across)
    cost = np.where((along > 0) & (along >= sideways), along + 2 * sideways, np.inf)
    cost[place] = np.inf
    best = int(cost.argmin())
    return best if np.isfinite(cost[best]) else place


def spread_out(pixels: NDArray[np.float32], size: float, most: int, camera: Camera) -> list[int]:
    """At most `most` points whose pictures of this size do not overlap; the same ones while the map is dragged."""
    if not len(pixels):
        return []
    cells = np.floor((pixels - [camera.x * -camera.scale, camera.y * camera.scale]) / size).astype(np.int64)
    _, firsts = np.unique(cells[:, 0] * 1_000_003 + cells[:, 1], return_index=True)
    chosen: list[int] = []
    taken = np.zeros((0, 2), np.float32)
    for place in np.sort(firsts).tolist():
        if not len(taken) or (np.abs(taken - pixels[place]).max(axis=1) >= size).all():
            chosen.append(place)
            taken = pixels[chosen]
            if len(chosen) == most:
                break
    return chosen
