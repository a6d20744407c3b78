"""Small pictures of photos as data URIs, for pages in one file."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.data.bit_depth.reading import Reading
from studio.data.formats.unreadable import Unreadable
from studio.data.images import decode

SIDE = 160
"""Longer side of a picture in pixels."""

QUALITY = 78


def of_photos(folder: str, paths: Iterable[str], reading: Reading) -> Iterator[tuple[str, str]]:
    """Path and data URI of each photo; "" for one that is gone or cannot be read."""
    from PIL import Image

    for path in paths:
        try:
            pixels = decode.thumbnail(Path(folder, path), SIDE, reading)
        except (Unreadable, OSError):
            yield path, ""
            continue
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY, optimize=True)
        yield path, f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
