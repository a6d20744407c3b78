"""Description of a photo from its file: size, format, bit depth, time and camera."""

from __future__ import annotations

from typing import Any

from studio.data.bit_depth.reading import STANDALONE, Reading
from studio.data.images import decode
from studio.formatting import numbers, typography

_EXIF, _MAKE, _MODEL, _ORIENTATION, _TAKEN, _CHANGED = 0x8769, 0x010F, 0x0110, 0x0112, 0x9003, 0x0132
"""Tags of EXIF 2.32."""

MODES = {
    "1": "black and white",
    "L": "gray",
    "LA": "gray with transparency",
    "P": "color palette",
    "PA": "color palette with transparency",
    "RGB": "RGB",
    "RGBA": "RGB with transparency",
    "CMYK": "CMYK",
    "YCbCr": "YCbCr",
}


def describe(data: bytes, reading: Reading = STANDALONE) -> tuple[tuple[str, str], ...]:
    """Names and values of the properties that a photo's header states; no pixels are decoded.

    Args:
        data: The file.
        reading: How photos of more than 8 bits are converted.

    Raises:
        Unreadable: The file cannot be decoded.
    """
    header = reading.header(data)
    if header is not None:
        kind = f"more than 8 bits, {header.kind}" if header.deep else "8 bits"
        return _rows(header.size, "PNG" if header.tags is None else "TIFF", len(data), kind)
    image = decode.open_image(data, reading)
    rows = _rows(image.size, image.format or "image", len(data), MODES.get(image.mode, image.mode))
    return (*rows, *_exif_rows(image))


def _rows(size: tuple[int, int], name: str, length: int, colors: str) -> tuple[tuple[str, str], ...]:
    width, height = size
    return (
        ("Size", f"{width} × {height} px"),
        ("File", f"{name}, {numbers.megabytes(length)}"),
        ("Colors", colors),
    )


def _exif_rows(image: Any) -> list[tuple[str, str]]:
    try:
        exif = image.getexif()
        details = exif.get_ifd(_EXIF)
        taken = details.get(_TAKEN) or exif.get(_CHANGED)
        make, model, turn = exif.get(_MAKE), exif.get(_MODEL), exif.get(_ORIENTATION)
    except Exception:  # damaged metadata raises many types, and is no reason to refuse the photo
        return []
    rows = []
    if isinstance(taken, str) and (date := _clean(taken)):
        rows.append(("Taken", date.replace(":", "-", 2)))
    make, model = (_clean(text) if isinstance(text, str) else "" for text in (make, model))
    camera = model if model.startswith(make) else f"{make} {model}".strip()
    if camera:
        rows.append(("Camera", camera))
    if isinstance(turn, int) and 2 <= turn <= 8:
        rows.append(("Rotated", "upright by its EXIF orientation"))
    return rows


def _clean(text: str) -> str:
    return typography.one_line(" ".join(text.replace("\0", " ").split()))[:80]
