from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.data.bit_depth import value_range
from studio.data.bit_depth.range_words import describe, of_run, short
from studio.data.bit_depth.value_range import Extremes, estimate, snap, words
from studio.events import DeepPhotos, EstimatedRange, StatedRange, ValueRanges
from studio.spec import ValueRange


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 200, (0, 255)),
        (0, 256, (0, 255)),
        (60, 1000, (0, 1023)),
        (3, 4096, (0, 4095)),
        (240, 9_000, (0, 16383)),
        (0, 40_000, (0, 65535)),
        (0, 30, (0, 30)),  # photon counts
        (29_012, 31_377, (29_000, 31_400)),  # a thermal camera
        (0, 0, (0, 255)),
        (50_000, 50_000, (0, 65535)),
    ],
)
def test_integers_are_snapped_to_what_cameras_give(low: float, high: float, expected: tuple[float, float]) -> None:
    assert snap(low, high, "integer") == ValueRange(*expected)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 0.98, (0, 1)),
        (-0.01, 1.02, (0, 1)),
        (0, 256, (0, 255)),
        (0, 0.15, (0, 0.15)),  # reflectances
        (-1, 1, (-1, 1)),
        (273.4, 310.2, (273, 311)),  # temperatures
        (-1024, 3071, (-1100, 3100)),  # Hounsfield units
        (0.5, 0.5, (0, 1)),
        (1e-9, 2e-9, (1e-9, 2e-9)),
        (-5e20, 5e20, (-5e20, 5e20)),
    ],
)
def test_floats_are_snapped_to_what_programs_write(low: float, high: float, expected: tuple[float, float]) -> None:
    assert snap(low, high, "float") == ValueRange(*expected)


@pytest.mark.parametrize("kind", ["integer", "float"])
def test_values_may_lie_as_far_outside_as_the_slack(kind: Any) -> None:
    one = value_range.usual(kind, False)[0]
    slack = value_range.SLACK[kind] * one.high
    assert snap(one.low - slack, one.high + slack, kind) == one
    assert snap(one.low - 1.01 * slack, one.high, kind) != one
    assert snap(one.low, one.high + 1.01 * slack, kind) != one


def test_signed_integers() -> None:
    assert snap(0, 30_000, "integer", signed=True) == ValueRange(0, 32767)
    assert snap(-30_000, 30_000, "integer", signed=True) == ValueRange(-32768, 32767)
    assert snap(-127, 127, "integer", signed=True) == ValueRange(-128, 127)


def test_the_order_of_photos_and_a_few_odd_ones_do_not_matter() -> None:
    chance = np.random.default_rng(3)
    usual = [Extremes(float(chance.uniform(0, 0.1)), float(chance.uniform(0.3, 1)), "float", False) for _ in range(40)]
    odd = [Extremes(-5, 1, "float", False), Extremes(0, 6e4, "float", False)]
    for _ in range(5):
        photos = [*usual, *odd]
        chance.shuffle(photos)
        assert estimate(photos) == ValueRange(0, 1)


@pytest.mark.parametrize("size", [(8, 8, 1), (40, 30, 3), (300, 300, 1)])
@pytest.mark.parametrize("odd", [(0.0, 65535.0), (65535.0, 65535.0), (0.0, 0.0)])
def test_outlier_pixels_do_not_change_the_range(size: tuple[int, int, int], odd: tuple[float, float]) -> None:
    values = np.random.default_rng(1).integers(500, 4000, size).astype(np.uint16)
    values[1, 1], values[2, 3] = odd
    result = value_range.extremes(values)
    assert result is not None
    assert 500 <= result.low < 1500
    assert 3000 < result.high < 4000


def test_a_bright_spot_of_few_pixels_is_in_the_range() -> None:
    """Fluorescent cells on a black background cover far less than a hundredth of the image."""
    values = np.full((400, 400, 1), 90, np.uint16)
    values[200:206, 100:106] = 3900
    result = value_range.extremes(values)
    assert result is not None
    assert result.high == 3900


def test_extremes_of_a_photo_without_data_are_none() -> None:
    assert value_range.extremes(np.full((4, 4, 1), np.nan, np.float32)) is None
    assert value_range.extremes(np.full((4, 4, 1), -9999, np.float32)) is None
    only_one = value_range.extremes(np.full((1, 1, 1), 7, np.uint16))
    assert only_one == Extremes(7, 7, "integer", False)


def test_values_become_bytes_over_the_whole_range() -> None:
    values = np.array([[-5, 0, 1023.75, 2047.5, 4095, 9000, np.nan, np.inf, -np.inf]])[..., None]
    expected = [0, 0, 64, 128, 255, 255, 0, 255, 0]
    assert value_range.to_bytes(values, ValueRange(0, 4095))[..., 0].tolist() == [expected]
    assert value_range.to_bytes(np.zeros((0, 3, 1)), ValueRange(0, 1)).shape == (0, 3, 1)


def test_ranges_in_words() -> None:
    assert words(ValueRange(0, 4095)) == "12 bits"
    assert words(ValueRange(0, 1)) == "0–1"
    assert words(ValueRange(-1, 1)) == "−1 to 1"
    both = DeepPhotos(278, (StatedRange(0, 4095, 38),), (EstimatedRange("integer", 0, 4095, 64),))
    assert describe(both, None) == (
        "12 bits, stated by the file (38 photos)",
        "0–4095, estimated from 64 photos of the data set (240 photos)",
    )
    assert short(both, None) == "12 bits, 0–4095"
    assert describe(both, ValueRange(0, 2000)) == ("0–2000, chosen for all photos of more than 8 bits (278)",)
    assert of_run(ValueRanges(None, both.estimated)) == ("0–4095, estimated from 64 photos",)
    assert of_run(ValueRanges(ValueRange(0, 9))) == ("0–9, chosen",)
    assert of_run(ValueRanges(by_photo=True)) == ()
    kinds = (EstimatedRange("float", 0, 1, 3), EstimatedRange("integer", 0, 255, 1))
    assert describe(DeepPhotos(4, (), kinds), None) == (
        "0–1, estimated from 3 photos stored as floats",
        "0–255, estimated from 1 photo stored as integers",
    )
