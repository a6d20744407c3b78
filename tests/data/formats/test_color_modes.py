from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from studio.data.bit_depth.reading import BY_PHOTO
from studio.data.formats import color_modes
from studio.data.images import decode


def encoded(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def by_photo(data: bytes) -> Image.Image:
    """Pixels as in runs of version 0.1; `test_deep` tests how photos are read now."""
    return decode.from_bytes(data, BY_PHOTO)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_photos_are_scaled_and_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    gray = np.asarray(by_photo(encoded(Image.fromarray(ramp), kind)))[..., 0]
    np.testing.assert_array_equal(gray, np.rint(ramp / 257).astype(np.uint8))
    assert len(np.unique(gray)) == 64


def test_a_dark_16_bit_photo_stays_dark() -> None:
    dark = Image.fromarray(np.full((4, 4), 200, np.uint16))
    assert by_photo(encoded(dark, "PNG")).getpixel((0, 0)) == (1, 1, 1)


def test_16_bit_tiff_of_the_other_byte_order() -> None:
    header = b"MM\0*\0\0\0\x08"
    tags = [(256, 3, 2), (257, 3, 1), (258, 3, 16), (259, 3, 1), (262, 3, 1), (277, 3, 1), (278, 3, 1), (279, 4, 4)]
    count = len(tags) + 1
    data_at = 8 + 2 + 12 * count + 4
    rows = sorted([*tags, (273, 4, data_at)])
    body = struct.pack(">H", count)
    for tag, kind, value in rows:
        body += struct.pack(">HHI", tag, kind, 1) + (
            struct.pack(">HH", value, 0) if kind == 3 else struct.pack(">I", value)
        )
    image = by_photo(header + body + b"\0\0\0\0" + struct.pack(">HH", 0, 32768))
    assert [image.getpixel((0, 0)), image.getpixel((1, 0))] == [(0, 0, 0), (128, 128, 128)]


def test_32_bit_integers_and_floats() -> None:
    def gray(values: NDArray[Any]) -> list[int]:
        return [int(v) for v in np.asarray(by_photo(encoded(Image.fromarray(values), "TIFF")))[0, :, 0]]

    assert gray(np.array([[0, 32768, 65535]], np.int32)) == [0, 128, 255]
    assert gray(np.array([[0, 100, 255]], np.int32)) == [0, 100, 255]
    assert gray(np.array([[-1000, 0, 1000]], np.int32)) == [0, 128, 255]
    assert gray(np.array([[0, 0.5, 1]], np.float32)) == [0, 128, 255]
    assert gray(np.array([[0, 100, 255]], np.float32)) == [0, 100, 255]
    assert gray(np.array([[0, 1e6, 2e6]], np.float32)) == [0, 128, 255]
    assert gray(np.array([[0.25, np.nan, np.inf]], np.float32)) == [64, 0, 0]


def tagged(orientation: object) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(
    ("stored", "orientation"),
    [*((number, number) for number in range(1, 9)), (0, 1), (9, 1), (-1, 1), ("6", 1), (6.0, 1), (None, 1)],
)
def test_only_orientations_of_1_to_8_turn_a_photo(stored: object, orientation: int) -> None:
    assert color_modes.orientation_of(tagged(stored)) == orientation


@pytest.mark.parametrize(
    ("orientation", "rows"),
    [
        (0, ["abc", "def"]), (1, ["abc", "def"]), (2, ["cba", "fed"]), (3, ["fed", "cba"]), (4, ["def", "abc"]),
        (5, ["ad", "be", "cf"]), (6, ["da", "eb", "fc"]), (7, ["fc", "eb", "da"]), (8, ["cf", "be", "ad"]),
        (9, ["abc", "def"]),
    ],
)  # fmt: skip
def test_a_photo_is_turned_as_the_standard_says(orientation: int, rows: list[str]) -> None:
    turned = color_modes.upright(Image.frombytes("L", (3, 2), b"abcdef"), orientation)
    assert turned.tobytes() == "".join(rows).encode()
    assert turned.size == (len(rows[0]), len(rows))


@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)), ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 102), (153, 153, 153)), ("LA", (0, 102), (153, 153, 153)), ("L", 9, (9, 9, 9)),
        ("1", 255, (255, 255, 255)), ("RGB", (1, 2, 3), (1, 2, 3)),
    ],
)  # fmt: skip
def test_transparent_pixels_become_white(mode: str, pixel: Any, expected: tuple[int, int, int]) -> None:
    image = color_modes.rgb(Image.new(mode, (1, 1), pixel))
    assert (image.mode, image.getpixel((0, 0))) == ("RGB", expected)


def test_premultiplied_colors_are_divided_by_their_opacity() -> None:
    for image in (
        Image.new("RGBA", (1, 1), (128, 128, 128, 100)).convert("RGBa"),
        Image.new("LA", (1, 1), (128, 100)).convert("La"),
    ):
        assert color_modes.rgb(image).getpixel((0, 0)) == (205, 205, 205)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 128, 255], [0, 128, 255]), ([0, 256, 65535], [0, 1, 255]), ([0, 1, 65536], [0, 0, 255]),
        ([-1, 127, 254], [0, 128, 255]), ([7, 7, 7], [7, 7, 7]), ([-7, -7, -7], [0, 0, 0]),
    ],
)  # fmt: skip
def test_white_of_32_bit_integers_is_the_smallest_usual_one(values: list[int], expected: list[int]) -> None:
    image = color_modes.rgb(Image.fromarray(np.array([values], np.int32)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.2, 1], [0, 51, 255]), ([0, 1, 1.5], [0, 1, 2]), ([0, 255, 256], [0, 1, 1]),
        ([0, 257, 65535], [0, 1, 255]), ([np.nan, 0.2, 0.4], [0, 51, 102]),
    ],
)  # fmt: skip
def test_white_of_floats_is_the_smallest_usual_one(values: list[float], expected: list[int]) -> None:
    image = color_modes.rgb(Image.fromarray(np.array([values], np.float32)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == expected


def test_white_of_16_bits_is_65535() -> None:
    image = color_modes.rgb(Image.fromarray(np.array([[0, 129, 65535]], np.uint16)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == [0, 1, 255]


def test_damaged_metadata_do_not_turn_a_photo() -> None:
    class Damaged(Image.Image):
        def getexif(self) -> Image.Exif:
            raise SyntaxError("not a TIFF file")

    class Unclear(Image.Exif):
        def get(self, *_: object) -> object:
            raise ValueError

    assert color_modes.orientation(Damaged()) == 1
    assert color_modes.orientation_of(Unclear()) == 1
