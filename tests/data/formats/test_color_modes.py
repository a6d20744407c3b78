from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from studio.data.bit_depth.reading import BY_PHOTO
from studio.data.images import decode


def encoded(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def by_photo(data: bytes) -> Image.Image:
    """Pixels as in runs of version 0.1; `test_deep` tests how photos are read now."""
    return decode.from_bytes(data, BY_PHOTO)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_is_scaled_and_not_turned_white(kind: str) -> None:
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
