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
def test_integers_are_rounded_to_ranges_of_cameras(low: float, high: float, expected: tuple[float, float]) -> None:
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
def test_floats_are_rounded_to_ranges_of_programs(low: float, high: float, expected: tuple[float, float]) -> None:
    assert snap(low, high, "float") == ValueRange(*expected)


@pytest.mark.parametrize("kind", ["integer", "float"])
def test_values_may_be_outside_the_range_by_the_tolerance(kind: Any) -> None:
    one = value_range.usual(kind, False)[0]
    slack = value_range.SLACK[kind] * one.high
    assert snap(one.low - slack, one.high + slack, kind) == one
    assert snap(one.low - 1.01 * slack, one.high, kind) != one
    assert snap(one.low, one.high + 1.01 * slack, kind) != one


def test_signed_integers() -> None:
    assert snap(0, 30_000, "integer", signed=True) == ValueRange(0, 32767)
    assert snap(-30_000, 30_000, "integer", signed=True) == ValueRange(-32768, 32767)
    assert snap(-127, 127, "integer", signed=True) == ValueRange(-128, 127)


def test_the_order_of_photos_and_a_few_outliers_do_not_change_the_range() -> None:
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


def test_a_photo_without_data_has_no_extremes() -> None:
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


def test_usual_ranges_are_those_of_cameras_scanners_and_programs() -> None:
    bits = [255, 1023, 4095, 16383, 65535, 2**20 - 1, 2**24 - 1, 2**32 - 1]
    assert value_range.usual("integer", False) == [ValueRange(0, white) for white in bits]
    signed = [127, 255, 1023, 4095, 16383, 32767, 65535, 2**20 - 1, 2**24 - 1, 2**31 - 1, 2**32 - 1]
    below = [(-128, 127), (-2048, 2047), (-32768, 32767), (-(2**31), 2**31 - 1)]
    assert value_range.usual("integer", True) == [
        *(ValueRange(0, white) for white in signed), *(ValueRange(*ends) for ends in below),
    ]  # fmt: skip
    whites = [1, 255, 1023, 4095, 16383, 65535]
    assert value_range.usual("float", False) == [*(ValueRange(0, white) for white in whites), ValueRange(-1, 1)]


@pytest.mark.parametrize(
    ("low", "high", "kind", "expected"),
    [
        (0, 259.9, "integer", (0, 1023)),  # 255 and a 64th part end at 258.98
        (0, 258.9, "integer", (0, 255)),
        (0, 1.06, "float", (0, 1)),
        (0, 1.07, "float", (0, 1.1)),
        (100, 151, "integer", (0, 255)),  # a fifth of the range
        (100, 150, "integer", (100, 150)),
        (0.5, 0.5, "integer", (0, 255)),
        (1e6, 1e6, "float", (1e6, 1e6 + 1)),
        (123456789012345, 123456789012346, "float", (123456789012345, 123456789012346)),
    ],
)
def test_a_range_may_be_exceeded_a_little_and_must_be_filled_by_a_fifth(low, high, kind, expected) -> None:
    assert snap(low, high, kind) == ValueRange(*expected)


@pytest.mark.parametrize("placeholder", [-9999, -32768, -32767, -99999, -2147483648])
@pytest.mark.parametrize("kind", [np.float64, np.int32])
def test_usual_markers_of_missing_data_are_not_values(placeholder: int, kind: Any) -> None:
    values = np.array([[[placeholder]] * 4, [[5]] * 4], kind)
    result = value_range.extremes(values)
    assert result is not None
    assert (result.low, result.high, result.signed) == (5, 5, kind is np.int32)


def test_a_marker_of_missing_data_among_similar_values_is_a_value() -> None:
    values = np.array([[[-9999], [-8000], [-6000], [-5000], [-4000]]], np.int16)
    assert value_range.extremes(values) == Extremes(-6000, -6000, "integer", True)
    assert value_range.extremes(values[:, :1]) is None
    assert value_range.extremes(np.array([[[-9999], [-4999]]], np.int16)) == Extremes(-4999, -4999, "integer", True)


@pytest.mark.parametrize(("value", "counts"), [(9e29, True), (-9e29, True), (1e30, False), (1.4e30, False)])
def test_floats_of_1e30_and_more_are_missing_data(value: float, counts: bool) -> None:
    result = value_range.extremes(np.full((1, 1, 1), value))
    assert result == (Extremes(value, value, "float", False) if counts else None)


def test_two_values_of_each_band_are_ignored_on_either_side_but_never_all() -> None:
    line = np.arange(15, dtype=np.uint16)
    assert value_range.extremes(line.reshape(1, 15, 1)) == Extremes(2, 12, "integer", False)
    assert value_range.extremes(line.reshape(1, 5, 3)) == Extremes(6, 8, "integer", False)
    assert value_range.extremes(line[:3].reshape(3, 1, 1)) == Extremes(1, 1, "integer", False)
    assert value_range.extremes(line[:2].reshape(1, 2, 1)) == Extremes(0, 1, "integer", False)


@pytest.mark.parametrize(("outliers", "ignored"), [(6, True), (7, False)])
def test_one_value_in_ten_thousand_is_ignored(outliers: int, ignored: bool) -> None:
    values = np.full((300, 200, 1), 500, np.uint16)
    values[0, :outliers], values[1, :outliers] = 1, 9000
    expected = (500, 500) if ignored else (1, 9000)
    assert value_range.extremes(values) == Extremes(*expected, "integer", False)


def test_of_the_bulk_one_value_in_a_hundred_is_ignored_on_either_side() -> None:
    values = np.arange(400, dtype=np.uint16).reshape(1, 400, 1)
    assert value_range.extremes(values, **value_range.BULK) == Extremes(4, 395, "integer", False)


@pytest.mark.parametrize(("width", "rows"), [(50_000, 2), (50_001, 1)])
def test_of_more_values_than_are_examined_every_second_row_counts(width: int, rows: int) -> None:
    values = np.zeros((2, width, 1), np.uint8)
    values[1] = 9
    result = value_range.extremes(values, **value_range.BULK)
    assert result == Extremes(0, 9 if rows == 2 else 0, "integer", False)


def test_of_more_than_four_million_values_every_second_row_counts() -> None:
    values = np.zeros((2, 2_000_001, 1), np.uint8)
    values[1] = 9
    assert value_range.extremes(values) == Extremes(0, 0, "integer", False)


@pytest.mark.parametrize(("photos", "odd", "white"), [(19, 1, 1023), (20, 1, 255), (39, 2, 1023), (40, 2, 255)])
def test_one_photo_in_twenty_may_be_an_outlier(photos: int, odd: int, white: int) -> None:
    usual, bright = Extremes(0, 200, "integer", False), Extremes(0, 900, "integer", False)
    assert estimate([bright] * odd + [usual] * (photos - odd)) == ValueRange(0, white)


def test_one_photo_that_may_be_negative_makes_all_signed() -> None:
    photos = [Extremes(0, 30_000, "integer", False), Extremes(0, 30_000, "integer", True)]
    assert estimate(photos) == ValueRange(0, 32767)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (98.4375, 201.5625, ""),  # a 64th part outside
        (98.43, 201, "more than 1 % of its values are below the estimated range, 100–200"),
        (99, 201.57, "more than 1 % of its values are above the estimated range, 100–200"),
        (100, 106, "nearly black: it uses less than 1/15 of the estimated range, 100–200"),
        (100, 107, ""),
    ],
)
def test_a_photo_beyond_the_estimated_range_is_reported(low: float, high: float, words: str) -> None:
    assert value_range.beyond(Extremes(low, high, "integer", False), ValueRange(100, 200)) == words


@pytest.mark.parametrize(("high", "faint"), [(15, False), (16, True), (17, False)])
def test_a_photo_that_uses_less_than_a_fifteenth_of_the_range_is_faint(high: float, faint: bool) -> None:
    white = {15: 224, 16: 240, 17: 254}[int(high)]
    assert value_range.is_faint(Extremes(0, high, "integer", False), ValueRange(0, white)) is faint


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0, 127), "0–127"),
        ((0, 255), "8 bits"),
        ((0, 2**39 - 1), "39 bits"),
        ((0, 2.0**60), "0–1.1529215e+18"),
        ((0, 254), "0–254"),
        ((1, 255), "1–255"),
    ],
)
def test_only_ranges_of_whole_bits_are_named_by_their_bits(ends: tuple[float, float], expected: str) -> None:
    assert words(ValueRange(*ends)) == expected


def test_integers_of_32_bits_are_scaled_exactly() -> None:
    values = np.array([[[2**24]], [[2**24 + 1]], [[2**24 + 2]]], np.uint32)
    assert value_range.to_bytes(values, ValueRange(2**24, 2**24 + 2)).ravel().tolist() == [0, 128, 255]
