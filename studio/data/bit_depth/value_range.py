"""Which values of a photo of more than 8 bits are black and white.

A file may state its range. Where none is stated, one range is estimated for all photos of a data set, so that two
photos of one camera come out alike: a few extreme pixels of each photo do not count, nor does one photo in twenty, and
what remains is snapped to the range that such numbers usually fill (0…1, 12 bits, …).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.spec import SampleKind, ValueRange

INTEGER_BITS = (8, 10, 12, 14, 16, 20, 24, 32)
"""Depths that cameras and scanners have."""

FLOAT_WHITES = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)

SLACK = {"integer": 1 / 64, "float": 0.06}
"""Share of a usual range by which values may reach beyond it: 4096 in 12 bits, the overshoot of an interpolation."""

LEAST_FILLED = 0.2
"""Share of a usual range that the values must fill; a thermal camera's 29,000 to 31,000 do not fill 16 bits."""

LEAST_SHARE = 15
"""Photos that stay within the lowest of so many parts of the range have a note: 12 bits in 16 are 1/16."""

FEW = 10_000
"""One pixel in so many may be hot, dead or without data on either side, and two in any photo."""

ODD_PHOTOS = 20
"""One photo in so many may be of another kind than the rest."""

BULK = {"most": 100_000, "few_in": 100}
"""How many values tell, quickly, where the bulk of a photo lies: all of it but one in a hundred on either side."""

MOST_VALUES = 4_000_000
"""Values of a photo that are looked at; of a larger one every nth row."""

BLOCK = 1 << 20
"""Values that are scaled at once: floats take eight times the memory of what comes of them."""

_NO_DATA = (-9999.0, -32768.0, -32767.0, -99999.0, -2147483648.0)
"""What programs write where they have no data and no tag to say so."""

LARGEST = 1e30
"""Floats beyond are no measurements: ±3.4e38 stands for “no data”."""


@dataclass(frozen=True, slots=True)
class Extremes:
    """Lowest and highest value of one photo without its few odd pixels.

    Attributes:
        low: The lowest.
        high: The highest.
        kind: Of the numbers.
        signed: True for integers that may be negative.
    """

    low: float
    high: float
    kind: SampleKind
    signed: bool


def of_bits(bits: int) -> ValueRange:
    """Everything that so many bits can hold."""
    return ValueRange(0.0, float((1 << bits) - 1))


def of_signed_bits(bits: int) -> ValueRange:
    """Everything that so many bits can hold, one of them the sign."""
    return ValueRange(-float(1 << bits - 1), float((1 << bits - 1) - 1))


def words(value_range: ValueRange) -> str:
    """“12 bits”, or “0 to 1”."""
    bits = round(value_range.high + 1).bit_length() - 1 if 127 < value_range.high < 1 << 40 else 0
    if value_range.low == 0 and bits and value_range == of_bits(bits):
        return f"{bits} bits"
    return between(value_range)


def between(value_range: ValueRange) -> str:
    """“0–4095”, “−1 to 1”: the range in numbers."""
    low, high = (number(value) for value in (value_range.low, value_range.high))
    return f"{low} to {high}" if value_range.low < 0 else f"{low}–{high}"


def number(value: float) -> str:
    """A value as short as it can be."""
    return f"{value:.9g}".replace("-", "−")


def extremes(
    values: NDArray[Any], valid: NDArray[np.bool_] | None = None, most: int = MOST_VALUES, few_in: int = FEW
) -> Extremes | None:
    """What one photo tells of its range; None where it has no pixel with data.

    Args:
        values: (h, w, bands).
        valid: (h, w), False where a pixel has no data or cannot be seen.
        most: Values that are looked at; of a larger photo every nth row.
        few_in: One value in so many is left out on either side.
    """
    step = max(1, math.ceil(values.size / most))
    few = max(2 * values.shape[2], values[::step].size // few_in)
    flat = values[::step] if valid is None else values[::step][valid[::step]]
    flat = flat.reshape(-1)
    kind: SampleKind = "float" if flat.dtype.kind == "f" else "integer"
    if kind == "float":
        flat = flat.astype(np.float32) if flat.dtype.itemsize < 4 else flat
        flat = flat[np.abs(flat) < LARGEST]  # not a number is not either
    if flat.dtype.kind in "fi":
        flat = _with_data(flat)
    if not flat.size:
        return None
    few = min(few, (flat.size - 1) // 2)
    places = (few, flat.size - 1 - few)
    ordered = np.partition(flat, places)
    return Extremes(float(ordered[places[0]]), float(ordered[places[1]]), kind, flat.dtype.kind == "i")


def _with_data(flat: NDArray[Any]) -> NDArray[Any]:
    """Without the pixels that hold a usual stand-in for “no data”, where all others are far from it."""
    while flat.size and (lowest := flat.min()) in _NO_DATA:
        rest = flat[flat != lowest]
        if rest.size and rest.min() < lowest / 2 and rest.min() not in _NO_DATA:
            return flat
        flat = rest
    return flat


def estimate(photos: Sequence[Extremes]) -> ValueRange:
    """One range for photos of one kind of numbers; at least one."""
    lows, highs = sorted(photo.low for photo in photos), sorted(photo.high for photo in photos)
    odd = len(photos) // ODD_PHOTOS
    kind, signed = photos[0].kind, any(photo.signed for photo in photos)
    return snapped(lows[odd], highs[len(highs) - 1 - odd], kind, signed)


def snapped(low: float, high: float, kind: SampleKind, signed: bool = False) -> ValueRange:
    """The usual range that values from `low` to `high` fill, or else these two, rounded outward."""
    for one in usual(kind, signed):
        slack = SLACK[kind] * (one.high - max(0.0, one.low))
        inside = one.low - slack <= low and high <= one.high + slack
        if inside and (low == high or high - low >= LEAST_FILLED * (one.high - one.low)):
            return one
    if low == high:
        return ValueRange(low, low + 1)
    step = 10.0 ** math.floor(math.log10(high - low) - 1)
    outward = ValueRange(_rounded(math.floor(low / step), step), _rounded(math.ceil(high / step), step))
    return outward if outward.low < outward.high else ValueRange(low, high)


def beyond(bulk: Extremes, value_range: ValueRange) -> str:
    """How badly a range fits the bulk of a photo, in words: it cuts off much of it, or leaves next to nothing of it.

    "" where it fits well enough. A photo of 12 bits among those of 16 is nearly black, and of one from 0 to 1 among
    those from 0 to 255 nothing is left.
    """
    span = value_range.high - value_range.low
    slack = SLACK[bulk.kind] * span
    if bulk.high > value_range.high + slack:
        return f"more than 1 % of it lies above the estimated range, {between(value_range)}"
    if bulk.low < value_range.low - slack:
        return f"more than 1 % of it lies below the estimated range, {between(value_range)}"
    if is_faint(bulk, value_range):
        return f"nearly black: it fills less than 1/{LEAST_SHARE} of the estimated range, {between(value_range)}"
    return ""


def is_faint(photo: Extremes, value_range: ValueRange) -> bool:
    """True for a photo of which a range leaves next to nothing."""
    return photo.high <= value_range.low + (value_range.high - value_range.low) / LEAST_SHARE


def usual(kind: SampleKind, signed: bool) -> list[ValueRange]:
    """Ranges that such numbers usually fill, the narrowest first."""
    if kind == "float":
        return [*(ValueRange(0.0, white) for white in FLOAT_WHITES), ValueRange(-1.0, 1.0)]
    found = [of_bits(bits) for bits in INTEGER_BITS]
    if signed:
        found = sorted([*found, of_bits(7), of_bits(15), of_bits(31)], key=lambda one: one.high)
        found += [of_signed_bits(bits) for bits in (8, 12, 16, 32)]
    return found


def _rounded(steps: int, step: float) -> float:
    return float(f"{steps * step:.12g}")


def to_bytes(values: NDArray[Any], value_range: ValueRange) -> NDArray[np.uint8]:
    """Values to 0…255: black at `low` and below, white at `high` and above; what is not a number is black."""
    out = np.empty(values.shape, np.uint8)
    narrow = values.dtype.itemsize <= 2 or values.dtype == np.float32
    kind = np.float32 if narrow else np.float64
    scale = 255.0 / (value_range.high - value_range.low)
    rows = max(1, BLOCK * len(values) // max(1, values.size))
    for top in range(0, len(values), rows):
        block: NDArray[np.floating[Any]] = values[top : top + rows].astype(kind)
        with np.errstate(invalid="ignore", over="ignore"):
            np.subtract(block, value_range.low, out=block)
            np.multiply(block, scale, out=block)
        np.nan_to_num(block, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
        out[top : top + rows] = np.rint(np.clip(block, 0.0, 255.0, out=block))
    return out
