"""Accuracy (or error) of parts of the judged photos: by folder, size, aspect ratio, brightness, sharpness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import Interval, of_count, of_mean

FEW = 10
"""Number of photos below which a slice says little; such slices come last."""

PARTS = 4
"""Number of slices by a value that varies, each with about the same number of photos."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the judged photos.

    Attributes:
        by: The property that the photos share: “folder”, “brightness”.
        name: Its value: “shoot-2”, “0.12 to 0.34”.
        score: Accuracy of its photos, or their mean error in regression, with its interval.
        photos: Indices of its photos.
    """

    by: str
    name: str
    score: Interval
    photos: tuple[int, ...]


def worst_first(
    folders: Sequence[str], values: Mapping[str, NDArray[Any]], correct: NDArray[Any], numbers: bool = False
) -> tuple[Slice, ...]:
    """All slices, the worst first; those with few photos last. A slice with all photos is left out.

    Args:
        folders: (N,) folder of each photo.
        values: (N,) numbers of each kind, NaN where they are unknown.
        correct: (N,) True for photos that are predicted correctly; absolute errors in regression.
        numbers: True for regression.
    """
    groups = [("folder", name, photos) for name, photos in _by_name(folders)]
    for by, own in values.items():
        groups += [(by, name, photos) for name, photos in _by_value(np.asarray(own, np.float64))]
    slices = []
    for by, name, photos in groups:
        if 0 < len(photos) < len(correct):
            own = correct[photos]
            score = of_mean(np.asarray(own, np.float64)) if numbers else of_count(int(own.sum()), len(own))
            slices.append(Slice(by, name, score, tuple(photos.tolist())))
    direction = -1 if numbers else 1
    return tuple(sorted(slices, key=lambda one: (one.score.n < FEW, direction * one.score.value, -one.score.n)))


def _by_name(names: Sequence[str]) -> list[tuple[str, NDArray[np.int64]]]:
    every = np.array(names, object)
    return [(name, np.flatnonzero(every == name)) for name in sorted(set(names))]


def _by_value(values: NDArray[np.float64]) -> list[tuple[str, NDArray[np.int64]]]:
    """Slices of equal numbers of photos by a value; one slice per value where there are at most `PARTS` of them."""
    known = np.isfinite(values)
    distinct = np.unique(values[known])
    if len(distinct) < 2:
        return []
    if len(distinct) <= PARTS:
        return [(f"{value:.4g}", np.flatnonzero(values == value)) for value in distinct]
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, PARTS + 1)))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return [
        (f"{edges[part]:.3g} to {edges[part + 1]:.3g}", np.flatnonzero(known & (place == part)))
        for part in range(len(edges) - 1)
    ]
