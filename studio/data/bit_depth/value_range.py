"""Value ranges: the values of a photo of more than 8 bits that become black and white.

A file may state its range. Otherwise one range is estimated for all photos of a data set, so that two photos of one
camera look the same. The estimate ignores a few extreme pixels of each photo and one photo in twenty, and is then
rounded to the range that such numbers usually have (0…1, 12 bits, …).
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
"""Bit depths of cameras and scanners."""

FLOAT_WHITES = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)

SLACK = {"integer": 1 / 64, "float": 0.06}
"""Share of a usual range by which values may exceed it: 4096 in 12 bits, or the overshoot of an interpolation."""

MIN_FILLED = 0.2
"""Share of a usual range that the values must span; a thermal camera's 29,000 to 31,000 do not span 16 bits."""

FAINT_DIVISOR = 15
"""n for the note on photos whose values stay within the lowest 1/n of the range: 12 bits in 16 are 1/16."""

PIXELS_PER_OUTLIER = 10_000
"""One pixel in this many may be an outlier (hot, dead or without data) on either side, and at least two per photo."""

PHOTOS_PER_OUTLIER = 20
"""One photo in this many may be an outlier, and is ignored by the estimate."""

BULK = {"max_values": 100_000, "per_outlier": 100}
"""Last two arguments of `extremes` for the bulk of a photo: without one value in a hundred on either side."""

MAX_VALUES = 4_000_000
"""Number of a photo's values that are examined; of a larger photo every nth row."""

BLOCK = 1 << 20
"""Number of values that are scaled at a time: as floats they take eight times the memory of the result."""

_NO_DATA = (-9999.0, -32768.0, -32767.0, -99999.0, -2147483648.0)
"""Values that programs write for missing data without a tag that says so."""

MAX_FLOAT = 1e30
"""Largest plausible float: ±3.4e38 stands for missing data."""


@dataclass(frozen=True, slots=True)
class Extremes:
    """Lowest and highest value of one photo without outliers.

    Attributes:
        low: Lowest value.
        high: Highest value.
        kind: Number format.
        signed: True for integers that may be negative.
    """

    low: float
    high: float
    kind: SampleKind
    signed: bool


def of_bits(bits: int) -> ValueRange:
    """Range of unsigned integers with this many bits."""
    return ValueRange(0.0, float((1 << bits) - 1))


def of_signed_bits(bits: int) -> ValueRange:
    """Range of signed integers with this many bits."""
    return ValueRange(-float(1 << bits - 1), float((1 << bits - 1) - 1))


def words(value_range: ValueRange) -> str:
    """Short description: “12 bits”, or “0 to 1”."""
    bits = round(value_range.high + 1).bit_length() - 1 if 127 < value_range.high < 1 << 40 else 0
    if value_range.low == 0 and bits and value_range == of_bits(bits):
        return f"{bits} bits"
    return between(value_range)


def between(value_range: ValueRange) -> str:
    """The range in numbers: “0–4095”, “−1 to 1”."""
    low, high = (number(value) for value in (value_range.low, value_range.high))
    return f"{low} to {high}" if value_range.low < 0 else f"{low}–{high}"


def number(value: float) -> str:
    """A value in its shortest form."""
    return f"{value:.9g}".replace("-", "−")


def extremes(
    values: NDArray[Any],
    valid: NDArray[np.bool_] | None = None,
    max_values: int = MAX_VALUES,
    per_outlier: int = PIXELS_PER_OUTLIER,
) -> Extremes | None:
    """Lowest and highest value of one photo; None where no pixel has data.

    Args:
        values: (h, w, bands).
        valid: (h, w), False where a pixel has no data or is transparent.
        max_values: Number of values that are examined; of a larger photo every nth row.
        per_outlier: One value in this many is ignored on either side.
    """
    step = max(1, math.ceil(values.size / max_values))
    few = max(2 * values.shape[2], values[::step].size // per_outlier)
    flat = values[::step] if valid is None else values[::step][valid[::step]]
    flat = flat.reshape(-1)
    kind: SampleKind = "float" if flat.dtype.kind == "f" else "integer"
    if kind == "float":
        flat = flat.astype(np.float32) if flat.dtype.itemsize < 4 else flat
        flat = flat[np.abs(flat) < MAX_FLOAT]  # drops NaN, too
    if flat.dtype.kind in "fi":
        flat = _with_data(flat)
    if not flat.size:
        return None
    few = min(few, (flat.size - 1) // 2)
    places = (few, flat.size - 1 - few)
    ordered = np.partition(flat, places)
    return Extremes(float(ordered[places[0]]), float(ordered[places[1]]), kind, flat.dtype.kind == "i")


def _with_data(flat: NDArray[Any]) -> NDArray[Any]:
    """Values without the pixels that hold a usual placeholder for missing data, if all others are far from it."""
    while flat.size and (lowest := flat.min()) in _NO_DATA:
        rest = flat[flat != lowest]
        if rest.size and rest.min() < lowest / 2 and rest.min() not in _NO_DATA:
            return flat
        flat = rest
    return flat


def estimate(photos: Sequence[Extremes]) -> ValueRange:
    """One value range for all of these photos, at least one, of the same number format."""
    lows, highs = sorted(photo.low for photo in photos), sorted(photo.high for photo in photos)
    odd = len(photos) // PHOTOS_PER_OUTLIER
    kind, signed = photos[0].kind, any(photo.signed for photo in photos)
    return snap(lows[odd], highs[len(highs) - 1 - odd], kind, signed)


def snap(low: float, high: float, kind: SampleKind, signed: bool = False) -> ValueRange:
    """The usual range that values from `low` to `high` fill, or else these two, rounded outward."""
    for one in usual(kind, signed):
        slack = SLACK[kind] * (one.high - max(0.0, one.low))
        inside = one.low - slack <= low and high <= one.high + slack
        if inside and (low == high or high - low >= MIN_FILLED * (one.high - one.low)):
            return one
    if low == high:
        return ValueRange(low, low + 1)
    step = 10.0 ** math.floor(math.log10(high - low) - 1)
    outward = ValueRange(_rounded(math.floor(low / step), step), _rounded(math.ceil(high / step), step))
    return outward if outward.low < outward.high else ValueRange(low, high)


def beyond(bulk: Extremes, value_range: ValueRange) -> str:
    """Warning about a range that clips much of a photo's values or makes it nearly black; "" without one.

    A 12-bit photo among 16-bit ones is nearly black, and one from 0 to 1 among those from 0 to 255 is fully black.
    """
    span = value_range.high - value_range.low
    slack = SLACK[bulk.kind] * span
    if bulk.high > value_range.high + slack:
        return f"more than 1 % of its values are above the estimated range, {between(value_range)}"
    if bulk.low < value_range.low - slack:
        return f"more than 1 % of its values are below the estimated range, {between(value_range)}"
    if is_faint(bulk, value_range):
        return f"nearly black: it uses less than 1/{FAINT_DIVISOR} of the estimated range, {between(value_range)}"
    return ""


def is_faint(photo: Extremes, value_range: ValueRange) -> bool:
    """True for a photo that a range makes nearly black."""
    return photo.high <= value_range.low + (value_range.high - value_range.low) / FAINT_DIVISOR


def usual(kind: SampleKind, signed: bool) -> list[ValueRange]:
    """Usual ranges of this number format, the narrowest first."""
    if kind == "float":
        return [*(ValueRange(0.0, white) for white in FLOAT_WHITES), ValueRange(-1.0, 1.0)]
    ranges = [of_bits(bits) for bits in INTEGER_BITS]
    if signed:
        ranges = sorted([*ranges, of_bits(7), of_bits(15), of_bits(31)], key=lambda one: one.high)
        ranges += [of_signed_bits(bits) for bits in (8, 12, 16, 32)]
    return ranges


def _rounded(steps: int, step: float) -> float:
    return float(f"{steps * step:.12g}")


def to_bytes(values: NDArray[Any], value_range: ValueRange) -> NDArray[np.uint8]:
    """Scale values to 0…255: `low` and less become black, `high` and more white, NaN black."""
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
