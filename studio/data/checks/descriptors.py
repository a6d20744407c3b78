"""Descriptors of small pictures that stay nearly the same when a photo is resized, recompressed or brightened.

A descriptor holds the lowest frequencies of a picture (a discrete cosine transform, as in pHash), each multiplied by
its frequency, because otherwise the coarsest shapes would decide alone; its length is 1. Mirroring and turning a
picture only changes signs and positions in it. For a cropped copy, the descriptor of the same part of the original is
compared.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from studio.data.images.facts import SIDE

Array = NDArray[np.float32]

COARSE = 8
"""Frequencies in each direction for the search: 64 numbers, each of which gives a bit of the perceptual hash."""

FINE = 12
"""Frequencies in each direction for the decision."""

CELLS = 80
"""A crop is measured in steps of 1/80 of a side."""

MAX_CUT = 16
"""Largest number of steps cut off at one edge of a copy: a fifth of the side."""

FRAME = 8
"""Steps cut off at each edge when a picture is compared without its frame."""

_SAMPLES = 16

_ROUNDING = 1e-5
"""Length of the frequencies, relative to the brightness, up to which they are rounding errors of a flat picture: those
are below 4e-7, and one pixel that differs by one level gives 5e-4."""

TURNS = ("", "mirrored", "flipped", "upside down", "rotated and mirrored", "rotated", "rotated", "rotated and mirrored")
"""Words for the eight ways to turn a picture: bit 1 exchanges left and right, 2 top and bottom, 4 the two axes."""


@cache
def operator(low: int, high: int, count: int) -> Array:
    """Matrix (count, SIDE) from the levels along one axis to the frequencies of the part between two steps.

    Args:
        low: Step, of `CELLS`, at which the part begins.
        high: Step at which it ends.
        count: Number of frequencies.
    """
    edges = np.linspace(low * SIDE / CELLS, high * SIDE / CELLS, _SAMPLES + 1)
    cells = np.arange(SIDE)
    shares = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    shares = np.maximum(shares, 0)
    shares /= shares.sum(axis=1, keepdims=True)
    places = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    waves = np.cos(np.pi * np.arange(count)[:, None] * places)
    result: Array = (waves @ shares).astype(np.float32)
    return result


@cache
def all_operators(count: int) -> Array:
    """Operators of all parts of an axis: (steps cut off at its start, steps cut off at its end, count, SIDE)."""
    steps = range(MAX_CUT + FRAME + 1)
    return np.stack([np.stack([operator(low, CELLS - high, count) for high in steps]) for low in steps])


def descriptors(pictures: Array, down: Array, across: Array) -> Array:
    """Descriptors (n, count, count) of pictures (n, SIDE, SIDE), by an operator for each axis, or one per picture.

    That of a flat picture is 0, so that it agrees with no other.
    """
    waves = (down @ pictures @ np.swapaxes(across, -1, -2)).astype(np.float32, copy=False)
    brightness = np.abs(waves[:, 0, 0])
    waves *= _weights(waves.shape[-1])
    norms = np.sqrt(np.einsum("nij,nij->n", waves, waves))
    waves /= np.where(norms > _ROUNDING * brightness, norms, np.inf)[:, None, None]
    return waves


def turned(upright: Array, turn: int) -> Array:
    """The descriptors of mirrored or rotated pictures, from those of the upright ones; `turn` is 0 to 7."""
    result = np.swapaxes(upright, -1, -2) if turn & 4 else upright
    result = result.copy()
    if turn & 1:
        result[..., :, 1::2] *= -1
    if turn & 2:
        result[..., 1::2, :] *= -1
    return result


@cache
def _weights(count: int) -> Array:
    squares = np.arange(count, dtype=np.float32) ** 2
    result: Array = np.sqrt(np.add.outer(squares, squares))
    return result  # 0 for the brightness
