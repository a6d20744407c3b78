"""Which PNG files are read here and not by Pillow, and the range that they state."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from tiffs import chunk, png16

from studio.data.bit_depth import deep_png
from studio.spec import ValueRange


def png(bits: int = 16, color: int = 0, *before: bytes, size: tuple[int, int] = (5, 3)) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, color, 0, 0, 0))
    return deep_png.MAGIC + header + b"".join(before) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


CLEAR = chunk(b"tRNS", b"\0\1")


@pytest.mark.parametrize(
    ("bits", "color", "before", "ours"),
    [
        (16, 0, (), True), (16, 2, (), True), (16, 4, (), True), (16, 6, (), True), (16, 3, (), False),
        (8, 0, (CLEAR,), False), (4, 0, (), False), (2, 0, (), False),
        (4, 0, (CLEAR,), True), (2, 0, (CLEAR,), True), (1, 0, (CLEAR,), False), (3, 0, (CLEAR,), False),
        (5, 0, (CLEAR,), False),
        (4, 3, (CLEAR,), False), (4, 2, (CLEAR,), False), (4, 0, (chunk(b"tRNS", b"\0"),), False),
    ],
)  # fmt: skip
def test_16_bits_and_a_transparent_gray_of_few_bits_are_read_here(bits, color, before, ours) -> None:
    found = deep_png.header(png(bits, color, *before))
    assert (found is not None) is ours
    if found is not None:
        assert (found.size, found.bits, found.color_type) == ((5, 3), bits, color)
        assert found.stated_bits == (None if bits == 16 else 8)


def test_the_header_needs_33_bytes() -> None:
    assert deep_png.header(png()[:33]) is not None
    assert deep_png.header(png()[:32]) is None
    assert deep_png.header(png().replace(b"IHDR", b"CgBI")) is None


@pytest.mark.parametrize(
    ("color", "bits", "stated"),
    [
        (0, [12], 12), (0, [1], 1), (0, [15], 15), (0, [16], None), (0, [0], None), (0, [], None),
        (2, [5, 6, 4], 6), (2, [5, 4, 7], 7), (4, [12, 16], 12), (6, [9, 10, 11, 16], 11),
    ],
)  # fmt: skip
def test_significant_bits_are_those_of_the_colors(color: int, bits: list[int], stated: int | None) -> None:
    found = deep_png.header(png(16, color, chunk(b"gAMA", bytes(4)), chunk(b"sBIT", bytes(bits))))
    assert found is not None
    assert found.stated_bits == stated


def test_significant_bits_after_the_pixels_are_ignored() -> None:
    data = png()[:-12] + chunk(b"sBIT", b"\x0c") + chunk(b"IEND", b"")
    found = deep_png.header(data)
    assert found is not None
    assert found.stated_bits is None
    assert deep_png.header(data.replace(b"IEND", b"IENX")[:-1]) == found


@pytest.mark.parametrize(
    ("values", "bits", "white"),
    [
        ([0, 100, 4095], 12, 4095),  # unscaled
        ([0, 100, 4096], 12, 65535),
        ([0, 16, 4080], 12, 65535),  # scaled, and dark: the four lowest bits are empty
        ([0, 8, 4080], 12, 4095),
        ([0, 2, 4080], 12, 4095),
        ([0, 128, 960], 10, 65535),
        ([0, 1, 255], 8, 255),
        ([0, 1, 256], 8, 65535),
        ([0, 0, 0], 12, 65535),
    ],
)
def test_values_are_unscaled_where_they_fit_into_their_bits_and_use_the_lowest(values, bits, white) -> None:
    data = png16(np.array([values], np.uint16), chunk(b"sBIT", bytes([bits])))
    assert deep_png.read(data).stated == ValueRange(0, white)
    assert deep_png.read(png16(np.array([values], np.uint16))).stated is None


@pytest.mark.parametrize(("clear", "alpha"), [(7, [0, 1]), (8, [1, 0]), (9, [1, 1])])
def test_one_gray_value_is_transparent(clear: int, alpha: list[int]) -> None:
    data = png16(np.array([[7, 8]], np.uint16), chunk(b"tRNS", struct.pack(">H", clear)))
    found = deep_png.read(data).alpha
    assert found is not None
    assert found.ravel().tolist() == alpha


def test_a_transparent_color_is_one_in_all_its_bands_and_needs_all_of_them() -> None:
    values = np.array([[[1, 2, 3], [1, 2, 4], [9, 2, 3]]], np.uint16)
    found = deep_png.read(png16(values, chunk(b"tRNS", struct.pack(">3H", 1, 2, 3)))).alpha
    assert found is not None
    assert found.ravel().tolist() == [0, 1, 1]
    assert deep_png.read(png16(values, chunk(b"tRNS", struct.pack(">2H", 1, 2)))).alpha is None


@pytest.mark.parametrize(
    ("opacity", "bits", "expected"),
    [
        ([0, 13107], None, [0, 0.2]),
        ([0, 4095], 12, [0, 1]),  # as unscaled as the gray values
        ([0, 4096], 12, [0, 0.0625]),
        ([0, 0], 12, [0, 0]),
    ],
)
def test_opacity_is_scaled_as_the_values_are(opacity: list[int], bits: int | None, expected: list[float]) -> None:
    values = np.stack([np.array([[1, 4001]]), np.array([opacity])], axis=-1).astype(np.uint16)
    data = png16(values, b"" if bits is None else chunk(b"sBIT", bytes([bits, 16])))
    found = deep_png.read(data)
    assert found.alpha is not None
    assert found.alpha.ravel().tolist() == pytest.approx(expected, abs=1e-4)
    assert found.values.shape == (1, 2, 1)


def test_pixels_in_a_short_last_chunk_that_is_cut_off_are_read() -> None:
    values = np.arange(1, 41, dtype=np.uint16).reshape(5, 8) * 999
    data = png16(values)
    place = data.index(b"IDAT")
    pixels = data[place + 4 : -16]
    cut = data[: place - 4] + chunk(b"IDAT", pixels[:-8]) + struct.pack(">I", 8) + b"IDAT" + pixels[-8:]
    assert np.array_equal(deep_png.read(cut).values[..., 0], values)


def test_a_transparent_gray_value_after_the_end_is_ignored() -> None:
    assert deep_png.header(png(4) + CLEAR) is None
    assert deep_png.header(png(4, 0, chunk(b"gAMA", bytes(4)), CLEAR)) is not None
