"""Tests of the value range of photos of more than 8 bits: stated, estimated or chosen."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from deep_photos import GRAY, RAMP, RGB, packed12_tiff, pixels, shows, u16
from tiffs import packed12, tiff

from studio.data.bit_depth.reading import BY_PHOTO, Reading
from studio.spec import ValueRange


def test_packed_12_bits_state_their_range() -> None:
    dark = (RAMP * 1000).astype(np.uint16)  # an underexposed photo stays dark: an estimate would say 10 bits
    shown = pixels(tiff(dark, bits=12, strips=[packed12(dark)]))
    assert np.abs(shown - 255.0 / 4095 * dark[..., None]).max() <= 1


def test_other_metadata_about_the_range_of_a_file() -> None:
    dark = (RAMP * 1000).astype(np.uint16)
    expected = np.rint(dark * (255 / 4095))
    assert shows(tiff(dark, extra=[(280, 3, [0]), (281, 3, [4095])]), expected)
    ome = b'<OME><Image><Pixels SignificantBits="12"/></Image></OME>\0'
    assert shows(tiff(dark, extra=[(270, 2, ome)]), expected)
    floats = (RAMP * 0.3).astype("f4")
    assert shows(tiff(floats, extra=[(340, 11, [0.0]), (341, 11, [1.0])]), np.rint(floats * 255))
    # The extremes of the single image are not a usual range.
    assert shows(tiff(dark, extra=[(280, 3, [3]), (281, 3, [1000])]), np.rint(dark * (255 / 1023)))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 6e4, -6e4, 3.4e38, -3.4e38, -9999, -32768])
def test_an_outlier_pixel_does_not_change_the_scale(odd: float) -> None:
    values = RAMP.astype("f4")
    values[3, 5] = odd
    image = pixels(tiff(values))
    image[3, 5] = GRAY[3, 5]
    assert np.abs(image - GRAY[..., None]).max() <= 1


def test_pixels_without_data_are_black_and_ignored() -> None:
    values = RAMP.astype("f4")
    values[:8] = -9999
    for tags in ([], [(42113, 2, b"-9999\0")]):
        image = pixels(tiff(values, extra=tags))
        assert (image[:8] == 0).all()
        assert np.abs(image[8:] - GRAY[8:, :, None]).max() <= 1
    levels = u16(RAMP)
    levels[0] = 65535
    image = pixels(tiff(levels // 2 + 32768 * (levels == 65535), extra=[(42113, 2, b"65535\0")]))
    assert (image[0] == 0).all()


def test_a_chosen_range_applies_to_all_deep_photos_and_to_no_others() -> None:
    reading = Reading(chosen=ValueRange(0, 2047))
    expected = np.minimum(np.rint(u16(RAMP, 4095) * 255.0 / 2047), 255)[..., None]
    half = u16(RAMP, 4095)
    for data in (tiff(half), tiff(half, bits=12, strips=[packed12(half)])):
        assert np.abs(pixels(data, reading) - expected).max() <= 1
    for ordinary in (tiff(RGB, 2), tiff(RGB, 2, planar=True)):
        assert (pixels(ordinary, reading) == RGB).all()


def test_digests_of_deep_photos_depend_on_the_value_range() -> None:
    """Cache keys of 8-bit photos do not change; those of photos of more bits depend on the value range."""
    plain, deep, stated = tiff(RGB, 2), tiff(u16(RAMP)), tiff(u16(RAMP, 4095), bits=12, strips=[b"\0" * 576])
    old, guessed = BY_PHOTO, Reading()
    one, other = (Reading(ranges={"integer": ValueRange(0, white)}) for white in (4095, 65535))
    assert len({reading.digest(plain) for reading in (old, guessed, one, other)}) == 1
    assert len({reading.digest(deep) for reading in (old, guessed, one, other)}) == 4
    assert one.digest(stated) == other.digest(stated) != old.digest(stated)
    assert Reading(chosen=ValueRange(0, 9)).digest(stated) != one.digest(stated)


def test_cached_rows_of_deep_photos_of_version_1_are_not_used() -> None:
    """Version 1 gave other pixels for the same file and range, and a cache may still have its rows."""
    deep = tiff(u16(RAMP))
    for known in (None, ValueRange(0, 4095)):
        key = None if known is None else (known.low, known.high)
        then = hashlib.blake2b(deep, digest_size=16)
        then.update(repr((1, None if key is None else tuple(map(float, key)))).encode())
        rule = Reading() if known is None else Reading(ranges={"integer": known})
        assert rule.digest(deep) != then.digest()


def test_the_value_range_of_a_photo_in_words() -> None:
    dark, stated = tiff(u16(RAMP, 1000)), packed12_tiff()

    def fitted(reading: Reading, data: bytes):
        header = reading.header(data)
        assert header is not None
        return reading.convert(data, header)

    alone = fitted(Reading(), dark)
    assert (alone.guess, alone.cut_off) == (ValueRange(0, 1023), "")
    assert fitted(Reading(), stated).guess is None, "the file says it"
    chosen = fitted(Reading(ValueRange(0, 10)), dark)
    assert (chosen.guess, chosen.cut_off) == (None, ""), "the user says it"
    known = Reading(ranges={"integer": ValueRange(0, 4095)})
    for reading, data, origin in (
        (Reading(), dark, "estimated from this photo alone"),
        (known, dark, "estimated from the data set"),
        (known, stated, "stated by the file"),
        (Reading(ValueRange(0, 10)), stated, "chosen"),
    ):
        assert reading.words(data).endswith(f", {origin}")
    assert known.words(tiff(RGB, 2)) == ""
