"""Tests of photos of more than 8 bits, and of TIFF files that Pillow reads wrongly."""

from __future__ import annotations

import random
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from deep_photos import COLORS, GRAY, RAMP, RGB, WHITE, reason, shows, u16, written
from numpy.typing import NDArray
from PIL import Image
from tiffs import chunk, packed12, png16, tiff

from studio.data.bit_depth.reading import BY_PHOTO
from studio.data.images import decode
from studio.data.images.decode import Unreadable


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("white", [255, 1023, 4095, 16383, 65535])
def test_integers_of_every_depth_in_16_bits(order: str, big: bool, white: int) -> None:
    assert shows(tiff(u16(RAMP, white, order), big=big), GRAY)
    assert shows(tiff(u16(COLORS, white, order), 2, big=big), RGB)
    assert shows(tiff(u16(COLORS, white, order), 2, big=big, planar=True), RGB)
    assert shows(png16(u16(RAMP, white)), GRAY)
    assert shows(png16(u16(COLORS, white)), RGB)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", ">f4"])
def test_floats_of_every_width(kind: str) -> None:
    white = 1 if kind == "f2" else 4095
    assert shows(tiff((RAMP * white).astype(kind)), GRAY)
    assert shows(tiff((COLORS * white).astype(kind), 2), RGB)
    assert shows(tiff((COLORS * white).astype(kind), 2, planar=True), RGB)


@pytest.mark.parametrize("kind", ["i2", ">i2", "i4", "u4", "i1"])
def test_signed_and_wide_integers(kind: str) -> None:
    white = {1: 127, 2: 32767, 4: 65535}[np.dtype(kind).itemsize]
    assert shows(tiff((RAMP * white).astype(kind)), GRAY, by=2)
    if "i" in kind:
        both = tiff(((RAMP * 2 - 1) * (127 if kind == "i1" else 32767)).astype(kind))
        assert shows(both, GRAY, by=3)


def test_white_is_zero() -> None:
    assert shows(tiff(u16(RAMP), 0), 255 - GRAY)
    assert shows(tiff(GRAY, 0), 255 - GRAY)
    assert shows(tiff(RAMP.astype("f4"), 0), 255 - GRAY)


@pytest.mark.parametrize("options", [{}, {"planarconfig": "separate"}, {"tile": (16, 16)}, {"rowsperstrip": 5}])
@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "zstd", "packbits", "lzma"])
@pytest.mark.parametrize("predictor", [False, True])
def test_all_tiff_layouts_compressions_and_predictors_give_the_same_colors(
    options: dict[str, Any], compression: Any, predictor: bool
) -> None:
    if compression in (None, "packbits") and predictor:
        return
    how = {**options, "compression": compression, "predictor": predictor, "photometric": "rgb"}
    cube = np.moveaxis(COLORS, 2, 0) if "planarconfig" in options else COLORS
    assert shows(written(u16(cube), **how), RGB)
    assert shows(written(cube.astype("f4"), **how), RGB)
    assert shows(written(np.rint(cube * 255).astype(np.uint8), **how), RGB)


@pytest.mark.parametrize("compression", ["jpeg2000", 33003, "webp", "jpegxl", "png", "lerc"])
def test_compressions_that_pillow_does_not_decode_are_decoded(compression: str | int) -> None:
    exact = {"level": 0} if compression == "lerc" else {"lossless": True} if compression != "png" else {}
    how: dict[str, Any] = {"compression": compression, "compressionargs": exact, "photometric": "rgb"}
    if compression in ("jpeg2000", 33003):  # the second is that of slide scanners
        how["compressionargs"] = {"reversible": True}
    assert shows(written(RGB, **how), RGB)
    if compression != "webp":
        assert shows(written(u16(COLORS), **how), RGB)


def test_an_unsupported_compression_is_named() -> None:
    data = tiff(u16(RAMP)).replace(struct.pack("<HHII", 259, 3, 1, 1), struct.pack("<HHII", 259, 3, 1, 22610))
    assert "compressed in a way" in reason(data)
    eight = tiff(GRAY).replace(struct.pack("<HHII", 259, 3, 1, 1), struct.pack("<HHII", 259, 3, 1, 22610))
    assert "compressed in a way" in reason(eight)


def test_bands_beyond_the_colors_are_ignored() -> None:
    four = np.dstack([RGB, GRAY])
    assert shows(tiff(four, 2), RGB)  # an unspecified fourth band is not alpha
    assert shows(tiff(u16(four / 255), 2, extra=[(338, 3, [0])]), RGB)
    assert shows(tiff(u16(np.dstack([RAMP, RAMP / 2])), extra=[(338, 3, [0])]), GRAY)
    assert shows(tiff(RGB, 1, extra=[(338, 3, [0, 0])]), RGB)  # three channels of a microscope
    assert "7 bands" in reason(tiff(np.zeros((4, 4, 7), np.uint16), 1))


def test_transparent_pixels_become_white() -> None:
    alpha = np.where(RAMP < 0.5, 0.0, 1.0)
    expected = np.where(alpha[..., None] > 0, RGB, 255)
    assert shows(tiff(u16(np.dstack([COLORS, alpha])), 2, extra=[(338, 3, [2])]), expected)
    assert shows(tiff(u16(np.dstack([COLORS * alpha[..., None], alpha])), 2, extra=[(338, 3, [1])]), expected)
    assert shows(png16(u16(np.dstack([COLORS, alpha]))), expected)
    assert shows(png16(u16(np.dstack([RAMP, alpha]))), np.where(alpha > 0, GRAY, 255))
    named = u16(np.where(RAMP < 0.5, 0, RAMP))
    assert shows(png16(named, chunk(b"tRNS", b"\0\0")), np.where(named > 0, GRAY, 255))
    one = np.full((4, 4), 513, np.uint16)
    one[0] = 40_000
    assert shows(png16(one, chunk(b"tRNS", struct.pack(">H", 513))), np.where(one == 513, 255, round(40_000 / 257)))


def test_the_significant_bits_of_a_png_are_used() -> None:
    def stating(values: NDArray[Any], bits: int) -> bytes:
        return png16(values, chunk(b"sBIT", bytes([bits])))

    dark = (RAMP * 1000).astype(np.uint16)
    assert shows(stating(dark, 12), np.rint(dark * (255 / 4095)))  # unscaled camera values
    assert shows(stating(u16(RAMP, 4095) << 4, 12), GRAY)  # scaled up, as the standard requires
    assert shows(stating((RAMP * 200).astype(np.uint16) << 4, 12), np.rint(RAMP * 200 * 16 / 257))
    assert shows(stating(u16(RAMP), 16), GRAY)


def test_unscaled_alpha_is_scaled_like_the_colors() -> None:
    bits = chunk(b"sBIT", bytes([12] * 4))
    colors = u16(COLORS, 4095)
    for opaque in (4095, WHITE):
        assert shows(png16(np.dstack([colors, np.full_like(GRAY, opaque, dtype="u2")]), bits), RGB)
    half = png16(np.dstack([colors, np.full_like(GRAY, WHITE // 2, dtype="u2")]), bits)
    assert shows(half, np.rint(RGB / 2 + 127.5))


def test_the_transparent_gray_of_few_bits() -> None:
    for bits in (1, 2, 4):
        most = (1 << bits) - 1
        levels = np.arange(64, dtype=np.uint8).reshape(8, 8) % (most + 1)
        rows = np.packbits(np.unpackbits(levels[..., None], axis=2)[..., 8 - bits :].reshape(8, -1), axis=1)
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, bits, 0, 0, 0, 0))
        content = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)))
        file = b"\x89PNG\r\n\x1a\n" + header + chunk(b"tRNS", b"\0\1") + content + chunk(b"IEND", b"")
        assert shows(file, np.where(levels == 1, 255, levels * (255 // most)))


def test_a_palette_of_8_bits_where_the_format_wants_16() -> None:
    palette = np.arange(768, dtype=np.uint16).reshape(3, 256) * 7 % 256
    expected = palette.T[GRAY]
    assert shows(written(GRAY, photometric="palette", colormap=palette), expected)
    assert shows(written(GRAY, photometric="palette", colormap=palette * 257), expected)
    assert BY_PHOTO.header(written(GRAY, photometric="palette", colormap=palette)) is None


def test_a_photo_without_any_finite_value_is_left_out() -> None:
    assert "each of its pixels" in reason(tiff(np.full((4, 4), np.nan, "f4")))
    assert "“no data”" in reason(tiff(np.full((4, 4), 7, "u2"), extra=[(42113, 2, b"7\0")]))
    some = np.full((4, 4), np.nan, "f4")
    some[0] = 1
    assert shows(tiff(some), np.nan_to_num(some) * 255)


def test_photos_are_turned_upright() -> None:
    turned = np.rot90(RGB)
    assert shows(tiff(u16(COLORS), 2, extra=[(274, 3, [8])]), turned)
    exif = Image.Exif()
    exif[0x0112] = 8
    assert shows(png16(u16(COLORS), chunk(b"eXIf", exif.tobytes()[6:])), turned)
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0" + b'<x tiff:Orientation="8"/>'
    assert shows(png16(u16(COLORS), chunk(b"iTXt", xmp)), turned)
    name, text = b"Raw profile type exif\0", b"\nexif\n      32\n" + exif.tobytes().hex().encode()
    assert shows(png16(u16(COLORS), chunk(b"tEXt", name + text)), turned)
    assert shows(png16(u16(COLORS), chunk(b"zTXt", name + b"\0" + zlib.compress(text))), turned)
    for damaged in (b"\0\1\2", b"", zlib.compress(b"\n\n\nxyz")):
        assert shows(png16(u16(COLORS), chunk(b"zTXt", name + b"\0" + damaged)), RGB)


def test_cmyk_of_16_bits() -> None:
    cmyk = np.asarray(Image.fromarray(RGB).convert("CMYK"))
    assert shows(tiff(u16(cmyk / 255), 5), RGB, by=2)


def test_unsupported_kinds_of_tiff_have_a_reason() -> None:
    assert "Lab" in reason(tiff(u16(COLORS), 8))
    assert "raw file" in reason(tiff(u16(RAMP), 32803))
    assert "YCbCr" in reason(tiff(u16(COLORS), 6))
    assert "palette" in reason(tiff(u16(RAMP), 3))
    colors = tiff(u16(COLORS), 2)
    mixed = colors.replace(struct.pack("<3H", 16, 16, 16), struct.pack("<3H", 16, 8, 16))
    assert mixed != colors
    assert "different numbers of bits" in reason(mixed)
    huge = struct.pack(">IIBBBBB", 60000, 60000, 16, 0, 0, 0, 0)
    assert reason(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", huge)) == "too large: 60000 × 60000 pixels"
    assert reason(tiff(np.zeros((4, 4), np.uint16))[:-7]) == "cut off: the file ends early"
    assert reason(png16(u16(RAMP))[:80]) == "cut off: the file ends early"


@pytest.mark.parametrize("kind", ["png", "gray", "colors", "floats", "packed", "tiles"])
def test_random_damage_of_deep_photos_raises_only_unreadable(kind: str) -> None:
    """Random damage gives a photo or a reason, never another error."""
    values = u16(RAMP, 4095)
    data = {
        "png": png16(u16(COLORS), chunk(b"sBIT", b"\x0c\x0c\x0c")),
        "gray": tiff(values),
        "colors": tiff(u16(COLORS, order=">"), 2, planar=True, big=True),
        "floats": written(COLORS.astype("f4"), photometric="rgb", compression="zlib", predictor=True),
        "packed": tiff(values, bits=12, strips=[packed12(values)]),
        "tiles": written(u16(COLORS), photometric="rgb", compression="lzw", tile=(16, 16)),
    }[kind]
    chance = random.Random(kind)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(min(len(broken), chance.choice((200, len(broken)))))] = chance.randrange(256)
        if chance.random() < 0.3:
            del broken[chance.randrange(len(broken)) :]
        try:
            image = decode.from_bytes(bytes(broken))
        except Unreadable:
            continue
        assert image.mode == "RGB"
