"""The day on which a photo was taken, and the camera, from its EXIF metadata."""

from __future__ import annotations

import io
import re

from PIL import Image

MAKE, MODEL = 271, 272
"""EXIF tags of the camera."""

EXIF, TAKEN, STORED = 0x8769, 36867, 306
"""EXIF tags: the block with the facts of the exposure, the time of the exposure in it, and the time of the file."""

_DAY = re.compile(r"^(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)")


def of(image: Image.Image) -> tuple[str, str]:
    """Day (“2024-05-31”) and camera (“Canon EOS 80D”) of an opened photo; "" for each that the file does not state."""
    try:
        exif = image.getexif()
        if not exif:
            return "", ""
        return day_of(exif), camera_of(exif)
    except Exception:  # damaged metadata raises many types, and is no reason to refuse the photo
        return "", ""


def of_data(data: bytes) -> tuple[str, str]:
    """Like `of`, for the content of a file."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return of(image)
    except Exception:  # a format that Pillow cannot open
        return "", ""


def day_of(exif: Image.Exif) -> str:
    """The day of the exposure, or else of the file; "" where neither is a date."""
    for value in (exif.get_ifd(EXIF).get(TAKEN), exif.get(STORED)):
        match = _DAY.match(str(value or "").strip())
        if match and 1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= 31 and int(match[1]) > 0:
            return "-".join(match.groups())
    return ""


def camera_of(exif: Image.Exif) -> str:
    """Make and model of the camera; the make only where the model does not begin with it."""
    make, model = (" ".join(str(exif.get(tag) or "").replace("\0", " ").split()) for tag in (MAKE, MODEL))
    if not make or model.lower().startswith(make.split()[0].lower()):
        return model or make
    return f"{make} {model}".strip()
