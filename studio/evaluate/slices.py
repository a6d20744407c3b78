"""Accuracy (or error) of parts of the judged photos: by folder, size, brightness, camera, or a column of a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import Interval, of_count, of_mean

FOLDER = "folder"

FEW = 10
"""Number of photos below which a slice says little; such slices come last."""

PARTS = 4
"""Number of slices by a continuous value, each with about the same number of photos."""


MOST_NAMES = 20
"""Most names of a property that have a slice each; the photos with rarer names share one."""

UNSTATED, RARER = "not stated", "others"

OWN = frozenset({FOLDER, "megapixels", "aspect", "brightness", "sharpness", "camera"})
"""Properties that are measured or read from the photos; a column with such a name is renamed."""


@dataclass(frozen=True)
class SliceValues:
    """Properties of the judged photos by which they are sliced.

    Attributes:
        numbers: (N,) numbers of each kind, NaN where they are unknown.
        names: (N,) names of each kind, "" where they are unknown.
    """

    numbers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def with_columns(self, columns: Mapping[str, Sequence[str]]) -> SliceValues:
        """These and the columns of a table.

        A column whose cells are numbers, with more than `PARTS` distinct ones, is one of numbers; any other is one of
        names. A column with more than half as many names as photos, such as identifiers, is left out.
        """
        numbers, names = dict(self.numbers), dict(self.names)
        for name, cells in columns.items():
            stated = [cell for cell in cells if cell]
            key = name if name not in OWN and name not in numbers and name not in names else f"{name} (table)"
            values = [_number(cell) for cell in cells]
            numeric = all(value is not None or not cell for value, cell in zip(values, cells, strict=True))
            if numeric and len(set(stated)) > PARTS:
                numbers[key] = np.array([np.nan if value is None else value for value in values], np.float64)
            elif len(set(cells)) > 1 and len(set(stated)) <= max(MOST_NAMES, len(stated) // 2):
                names[key] = cells
        return SliceValues(numbers, names)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the judged photos.

    Attributes:
        by: The property that the photos share: “folder”, “brightness”, “camera”.
        name: Its value: “shoot-2”, “0.12 to 0.34”.
        score: Accuracy of its photos, or their mean error in regression, with its interval.
        photos: Indices of its photos.
    """

    by: str
    name: str
    score: Interval
    photos: tuple[int, ...]


def worst_first(
    folders: Sequence[str], values: SliceValues, correct: NDArray[Any], regression: bool = False
) -> tuple[Slice, ...]:
    """All slices, the worst first; those with few photos last. A slice with all photos is left out.

    Args:
        folders: (N,) folder of each photo.
        values: Their other properties.
        correct: (N,) True for photos that are predicted correctly; absolute errors in regression.
        regression: True for regression.
    """
    groups = [(FOLDER, name, photos) for name, photos in _by_name(folders)]
    for by, own_names in values.names.items():
        groups += [(by, name, photos) for name, photos in _by_frequent_name(own_names)]
    for by, own in values.numbers.items():
        groups += [(by, name, photos) for name, photos in _by_value(np.asarray(own, np.float64))]
    slices = []
    for by, name, photos in groups:
        if 0 < len(photos) < len(correct):
            own = correct[photos]
            score = of_mean(np.asarray(own, np.float64)) if regression else of_count(int(own.sum()), len(own))
            slices.append(Slice(by, name, score, tuple(photos.tolist())))
    direction = -1 if regression else 1
    return tuple(sorted(slices, key=lambda one: (one.score.n < FEW, direction * one.score.value, -one.score.n)))


def _by_name(names: Sequence[str]) -> list[tuple[str, NDArray[np.int64]]]:
    every = np.array(names, object)
    return [(name, np.flatnonzero(every == name)) for name in sorted(set(names))]


def _by_frequent_name(names: Sequence[str]) -> list[tuple[str, NDArray[np.int64]]]:
    """Slices by name; all photos with rare names share one, and so do those with unknown names."""
    counts = Counter(name for name in names if name)
    if not counts:
        return []
    frequent = {name for name, _ in counts.most_common(MOST_NAMES if len(counts) > MOST_NAMES + 1 else None)}
    return _by_name([UNSTATED if not name else name if name in frequent else RARER for name in names])


def _number(cell: str) -> float | None:
    """The finite number in a cell, with a decimal point or comma; None where there is none."""
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _distinct(edges: NDArray[np.float64]) -> list[str]:
    """The edges with three digits, or with as many as distinguish them."""
    for digits in range(3, 8):
        texts = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(texts)) == len(texts):
            break
    return texts


def _by_value(values: NDArray[np.float64]) -> list[tuple[str, NDArray[np.int64]]]:
    """Slices of equal numbers of photos by a value; one slice per value where there are at most `PARTS` of them."""
    finite = np.isfinite(values)
    distinct = np.unique(values[finite])
    if len(distinct) < 2:
        return []
    if len(distinct) <= PARTS:
        return [(f"{value:.4g}", np.flatnonzero(values == value)) for value in distinct]
    edges = np.unique(np.quantile(values[finite], np.linspace(0, 1, PARTS + 1)))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    texts = _distinct(edges)
    return [
        (f"{texts[part]} to {texts[part + 1]}", np.flatnonzero(finite & (place == part)))
        for part in range(len(edges) - 1)
    ]
