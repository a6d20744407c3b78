"""Which TIFF files are read here and not by Pillow, which range they state, and which are refused with a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.data.bit_depth import deep_tiff
from studio.data.formats.tiff_tags import Tags
from studio.data.formats.unreadable import Unreadable
from studio.spec import ValueRange

MINISWHITE, GRAY, RGB, PALETTE, MASK, CMYK, YCBCR = range(7)
PILLOWS = {1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34925, 50000}
OURS = {33003, 33005, 34712, 34887, 34933, 50001, 50002, 52546}


def tags(bits: tuple[int, ...] = (8,), photometric: int = GRAY, compression: int = 1, **more: Any) -> Tags:
    facts = {
        "width": 4, "height": 3, "formats": (1,) * len(bits), "planar": False, "extra": (), "min_sample": None,
        "max_sample": None, "no_data": None, "description": "", "narrow_palette": False, "big_endian_big": False,
    }  # fmt: skip
    return Tags(bits=bits, photometric=photometric, compression=compression, **{**facts, **more})


@pytest.mark.parametrize(
    ("one", "ours"),
    [
        (tags(), False),
        (tags((9,)), True),
        (tags((16,)), True),
        (tags((8, 8, 8), RGB), False),
        (tags((8, 8, 4), RGB), True),
        (tags(big_endian_big=True), True),
        (tags(formats=(1,)), False),
        (tags(formats=(4,)), False),  # undefined: integers
        (tags(formats=(2,)), True),
        (tags(formats=(3,)), True),
        (tags((8,), PALETTE, narrow_palette=True), True),
        (tags((4,), PALETTE, narrow_palette=True), True),
        (tags((8,), PALETTE), False),
        (tags((8,), GRAY, narrow_palette=True), False),
        (tags((8, 8), PALETTE, narrow_palette=True), False),
        (tags((1,), compression=34712), False),
        (tags((7, 7, 7), RGB, planar=True), False),
        (tags((8, 8, 8), RGB, planar=True), True),
        (tags((8,) * 4, RGB), True),
        (tags((8,) * 4, RGB, extra=(2,)), False),
        (tags((8,) * 4, CMYK), False),
        (tags((8,) * 2), False),
        (tags((8,) * 3), True),
        (tags((8,) * 3, MINISWHITE), True),
    ],
)
def test_files_that_pillow_reads_wrongly_are_read_here(one: Tags, ours: bool) -> None:
    assert deep_tiff.pillow_misreads(one) is ours


def test_each_compression_is_decoded_by_pillow_or_here_or_refused_with_a_reason() -> None:
    def refused(compression: int) -> bool:
        try:
            deep_tiff._require_known(tags(compression=compression))
        except Unreadable as error:
            return error.reason == "compressed in a way that cannot be read here: save it with LZW or Deflate"
        return False

    near = {number + step for number in PILLOWS | OURS for step in (-1, 0, 1)} | {*range(20), 65000}
    near |= {number * 2 + 1 for number in PILLOWS | OURS}
    assert {number for number in near if not refused(number)} == PILLOWS | OURS
    assert {number for number in near if not deep_tiff.pillow_misreads(tags(compression=number))} == PILLOWS


@pytest.mark.parametrize(
    ("photometric", "words"),
    [
        (3, "of a palette with more than 8 bits"),
        (8, "in Lab colors"),
        (9, "in Lab colors"),
        (10, "in Lab colors"),
        (32803, "a camera's raw file"),
        (34892, "a camera's raw file"),
        (32844, "in LogLuv colors"),
        (32845, "in LogLuv colors"),
        (6, "of YCbCr colors"),
        (4, "a variant that cannot be read here"),
        (-1, "a variant that cannot be read here"),
        (11, "a variant that cannot be read here"),
    ],
)
def test_unsupported_color_spaces_are_named(photometric: int, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        deep_tiff._require_known(tags((16,) * 4, photometric))
    assert caught.value.reason.startswith(words)


@pytest.mark.parametrize(
    ("photometric", "least"), [(MINISWHITE, 1), (GRAY, 1), (RGB, 3), (PALETTE, 1), (CMYK, 4), (YCBCR, 3)]
)
def test_a_photo_has_as_many_bands_as_its_colors_need(photometric: int, least: int) -> None:
    options = {"compression": 7} if photometric == YCBCR else {"narrow_palette": photometric == PALETTE}
    deep_tiff._require_known(tags((8,) * least, photometric, **options))
    if least > 1:
        with pytest.raises(Unreadable, match="a variant that cannot be read here"):
            deep_tiff._require_known(tags((8,) * (least - 1), photometric, **options))


def test_jpeg_converts_its_colors_and_bands_of_several_depths_are_refused() -> None:
    for compression, known in ((6, True), (7, True), (1, False), (5, False)):
        try:
            deep_tiff._require_known(tags((8,) * 3, YCBCR, compression))
        except Unreadable:
            assert not known
        else:
            assert known
    for one in (tags((8, 8, 16), RGB), tags((8,) * 3, RGB, formats=(1, 1, 2))):
        with pytest.raises(Unreadable, match="different numbers of bits"):
            deep_tiff._require_known(one)


def ome(bits: object) -> str:
    return f'<OME><Pixels SignificantBits="{bits}" Type="uint16"/></OME>'


@pytest.mark.parametrize(
    ("one", "stated"),
    [
        (tags((8,)), (0, 255)),
        (tags((4,)), (0, 15)),
        (tags((12,)), (0, 4095)),
        (tags((12, 14), RGB), (0, 16383)),
        (tags((16,)), None),
        (tags((24,)), None),
        (tags((16,), formats=(4,), description=ome(12)), (0, 4095)),
        (tags((16,), description=ome(9)), (0, 511)),
        (tags((16,), description=ome(8)), None),
        (tags((16,), description=ome(16)), None),
        (tags((16,), description=ome("x")), None),
        (tags((64,), description=ome(32)), (0, 2**32 - 1)),
        (tags((64,), description=ome(33)), None),
        (tags((16,), description=ome(12).replace("OME", "xml")), None),
        (tags((65,)), None),
        (tags((0,)), None),
        (tags((1,)), (0, 1)),
        (tags((16,), min_sample=0, max_sample=4095), (0, 4095)),
        (tags((16,), max_sample=1023), (0, 1023)),
        (tags((16,), min_sample=1, max_sample=4095), None),  # the extremes of one image
        (tags((16,), max_sample=65535), None),  # all that 16 bits hold
        (tags((32,), max_sample=65535), (0, 65535)),
        (tags((16,), max_sample=0), None),
        (tags((16,), min_sample=255, max_sample=255), None),
        (tags((32,), formats=(3,), max_sample=1), (0, 1)),
        (tags((32,), formats=(3,), min_sample=-1, max_sample=1), (-1, 1)),
        (tags((32,), formats=(3,), max_sample=127), None),
        (tags((8,), formats=(3,), max_sample=255), (0, 255)),
        (tags((16,), formats=(2,), max_sample=32767), (0, 32767)),
        (tags((16,), formats=(2,), min_sample=-2048, max_sample=2047), (-2048, 2047)),
        (tags((16,), formats=(2,), min_sample=-32768, max_sample=32767), None),
        (tags((16,), formats=(1,), max_sample=32767), None),
        (tags((12,), formats=(2,)), None),
    ],
)
def test_a_file_states_its_range_by_bits_by_ome_or_by_usual_extremes(one: Tags, stated: Any) -> None:
    assert deep_tiff.stated(one) == (None if stated is None else ValueRange(*stated))


@pytest.mark.parametrize(
    ("bands", "photometric", "colors"),
    [(1, GRAY, 1), (2, GRAY, 1), (3, GRAY, 3), (3, RGB, 3), (5, RGB, 3), (3, YCBCR, 3), (4, CMYK, 4), (3, PALETTE, 3)],
)
def test_bands_beyond_the_colors_are_left_out(bands: int, photometric: int, colors: int) -> None:
    values = np.arange(bands, dtype=np.uint16).reshape(1, 1, bands)
    found, alpha, premultiplied = deep_tiff.split(values, tags((16,) * bands, photometric))
    assert found.ravel().tolist() == list(range(colors))
    assert (alpha, premultiplied) == (None, False)


def test_four_bands_of_gray_are_not_colors() -> None:
    with pytest.raises(Unreadable, match="of 4 bands without stated colors: save three of them as RGB"):
        deep_tiff.split(np.zeros((1, 1, 4), np.uint16), tags((16,) * 4, GRAY))


@pytest.mark.parametrize(
    ("extra", "alpha", "premultiplied"),
    [
        ((1,), 0.2, True),
        ((2,), 0.2, False),
        ((0,), None, False),
        ((0, 2), 0.4, False),
        ((0, 1), 0.4, True),
        ((0, 0, 2), None, False),
    ],
)
def test_the_first_opacity_band_is_used(extra: tuple[int, ...], alpha: float | None, premultiplied: bool) -> None:
    values = np.array([[[1, 2, 3, 51, 102]]], np.uint8)
    _, found, multiplied = deep_tiff.split(values, tags((8,) * 5, RGB, extra=extra))
    assert (None if found is None else found.item()) == (None if alpha is None else pytest.approx(alpha))
    assert multiplied is premultiplied


def test_opacity_of_floats_is_up_to_one_and_of_integers_up_to_all_bits() -> None:
    def opacity(values: Any, bits: int) -> list[float]:
        found = deep_tiff.split(values, tags((bits,) * 2, GRAY, extra=(2,)))[1]
        assert found is not None
        return [round(float(one), 4) for one in found.ravel()]

    floats = np.array([[[0, 0.25], [0, 2], [0, -1], [0, np.nan]]], np.float32)
    assert opacity(floats, 32) == [0.25, 1, 0, 0]
    assert opacity(np.array([[[0, 4095], [0, 819]]], np.uint16), 12) == [1, 0.2]
