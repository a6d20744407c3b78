"""Photos of more than 8 bits, and their pixels as the program decodes them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from tiffs import packed12, tiff

from studio.data.bit_depth.reading import Reading
from studio.data.images import decode
from studio.data.images.decode import Unreadable

RAMP = np.tile(np.linspace(0, 1, 24), (16, 1))
GRAY = np.rint(RAMP * 255).astype(np.uint8)
COLORS = np.dstack([RAMP, RAMP[:, ::-1], RAMP**2])
RGB = np.rint(COLORS * 255).astype(np.uint8)
WHITE = 65535


def pixels(data: bytes, reading: Reading | None = None) -> NDArray[Any]:
    image = decode.from_bytes(data, reading) if reading else decode.from_bytes(data)
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


def shows(data: bytes, expected: NDArray[Any], by: int = 1) -> bool:
    """True where the file is decoded to `expected`, 8-bit gray or RGB."""
    expected = expected if expected.ndim == 3 else expected[..., None]
    return bool((np.abs(pixels(data) - expected.astype(int)) <= by).all())


def reason(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        decode.from_bytes(data)
    return caught.value.reason


def written(values: NDArray[Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def u16(values: NDArray[Any], white: int = WHITE, order: str = "<") -> NDArray[Any]:
    return np.rint(values * white).astype(f"{order}u2")


def packed12_tiff() -> bytes:
    values = u16(RAMP, 4095)
    return tiff(values, bits=12, strips=[packed12(values)])
