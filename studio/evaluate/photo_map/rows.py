"""Features as rows that are read in blocks, so that memory does not grow with the number of photos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

BLOCK = 2048
"""Rows in memory at once."""


class Rows(Protocol):
    """Features of N photos, in memory or on disk."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of photos, and number of features."""

    def take(self, indices: Places) -> NDArray[Any]:
        """The rows at these positions."""


class ArrayRows:
    """Rows of an array (N, D)."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of photos, and number of features."""
        return self._array.shape

    def take(self, indices: Places) -> NDArray[Any]:
        """The rows at these positions."""
        return np.asarray(self._array[indices])


def blocks(rows: Rows, places: Places) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """The rows at `places` in blocks (n, D), each with its index in `places`."""
    for start in range(0, len(places), BLOCK):
        part = slice(start, min(start + BLOCK, len(places)))
        yield part, np.asarray(rows.take(places[part]), np.float32).reshape(part.stop - start, -1)


def finite_places(rows: Rows) -> Places:
    """Positions of the rows without NaN and infinity."""
    everything = np.arange(rows.shape[0], dtype=np.int64)
    good = np.zeros(len(everything), bool)
    for part, block in blocks(rows, everything):
        good[part] = np.isfinite(block).all(axis=1)
    return everything[good]
