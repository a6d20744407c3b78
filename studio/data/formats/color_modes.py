"""Conversion of every pixel format to 8-bit RGB, and of every orientation to upright.

Pillow's own `convert("RGB")` clips 16-bit and floating-point images to white, and blends transparency with whatever
color is below. Photos of more than 8 bits are read by `deep`; the scaling of version 0.1, by each photo's own extremes,
remains here for its runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation(image: Image.Image) -> int:
    """The EXIF orientation 1…8 of a loaded image; 1 where it has none or it cannot be read.

    Pillow rotates TIFF files itself while loading and then drops their orientation, so this must be called afterwards.
    """
    try:
        exif = image.getexif()
    except Exception:  # damaged metadata raises many types, and is no reason to refuse the photo
        return 1
    return orientation_of(exif)


def orientation_of(exif: Image.Exif) -> int:
    """The orientation 1…8 in EXIF metadata; 1 where there is none."""
    try:
        value = exif.get(_ORIENTATION, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Rotate and mirror an image according to its EXIF orientation."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def rgb(image: Image.Image) -> Image.Image:
    """A loaded image of any mode as RGB; transparent pixels become white."""
    if image.mode.startswith("I") or image.mode == "F":
        gray = _deep(np.asarray(image), image)
        return Image.fromarray(gray).convert("RGB")
    if image.has_transparency_data:
        opaque = {"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode)
        layer = image.convert(opaque).convert("RGBA")
        white = Image.new("RGB", layer.size, "white")
        white.paste(layer, mask=layer.getchannel("A"))
        return white
    if image.mode == "RGB":
        return image._new(image.im)  # a plain image with the same pixels: drops the reader and its file
    return image.convert("RGB")


def _deep(values: NDArray[Any], image: Image.Image) -> NDArray[np.uint8]:
    """Gray values of more than 8 bits to 8 bits as in version 0.1: by the values of the photo itself.

    Args:
        values: (h, w) of 16-bit or 32-bit integers, or floats.
        image: Their image: its format and mode may determine the range.
    """
    if values.dtype.kind == "u" or image.format == "PNG":
        white = 65535.0
        values = values.astype(np.float32)
        return _scaled(values, 0.0, white)
    # 32 bits: the file does not state where white is. Use the smallest usual range with all values.
    values = values.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, 0.0)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 65535:
        return _scaled(values, low, high)
    usual = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    return _scaled(values, 0.0, next(white for white in usual if high <= white))


def _scaled(values: NDArray[Any], black: float, white: float) -> NDArray[np.uint8]:
    span = white - black or 1.0
    return np.rint((values - black) * (255.0 / span)).astype(np.uint8)
