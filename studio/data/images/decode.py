"""Decoder of photo files to upright RGB.

Every photo of a data set is decoded here, so that training, preview, export check and thumbnails see the same pixels:
EXIF rotation applied, transparency on white, more than 8 bits scaled by one range (`reading`). Every error of a file
becomes one exception with a reason for the user, so that a bad file never ends a run.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, JpegImagePlugin

from studio.data.bit_depth import deep
from studio.data.bit_depth.deep import RangeInfo
from studio.data.bit_depth.reading import STANDALONE, Reading
from studio.data.formats import (
    color_modes,
    file_kinds,
    jpeg_ends,
    pixel_budget,
    png_chunks,
)
from studio.data.formats.unreadable import MAX_PIXELS as MAX_PIXELS
from studio.data.formats.unreadable import Unreadable as Unreadable
from studio.data.images import facts, readers
from studio.data.images.facts import PhotoFacts
from studio.system import remote

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif"}
)
"""Suffixes of photo files, in lower case."""

MAX_BYTES = 1 << 30
"""Larger files are refused before they are read into memory."""

MIN_ALPHA = 0.1
"""Alpha below which a pixel on a white background looks white."""

_UNSIZED = 1 << 24
"""Most bytes read from a file whose stated size is 0, such as those in /proc."""


def read(path: str | os.PathLike[str], reading: Reading = STANDALONE) -> Image.Image:
    """Decode a photo file.

    Args:
        path: The photo file.
        reading: Rule for the value range of photos of more than 8 bits.

    Returns:
        An upright image of mode RGB, fully loaded, its file closed.

    Raises:
        Unreadable: The only exception for any content of the file.
    """
    return from_bytes(contents(path), reading)


def from_bytes(data: bytes, reading: Reading = STANDALONE) -> Image.Image:
    """Decode a photo in memory; otherwise like `read`."""
    with pixel_budget.SHARED.use():
        if (header := reading.header(data)) is not None:
            return reading.image(data, header)
        image = _load(data, reading)
        try:
            return color_modes.upright(color_modes.rgb(image), color_modes.orientation(image))
        except Exception as error:
            raise Unreadable(readers.reason_of(error, data)) from error


def contents(path: str | os.PathLike[str]) -> bytes:
    """Read a whole file, from the disk or by its URL.

    Raises:
        Unreadable: It cannot be opened, is empty, or is larger than `MAX_BYTES`.
        UserError: A server did not deliver it in several attempts.
    """
    try:
        if url := remote.url_of(path):
            return _remote_contents(url)
        with open(path, "rb") as file:  # noqa: PTH123  # a `Path` would intern the name of each of 50,000 photos
            status = os.fstat(file.fileno())
            if status.st_size > MAX_BYTES:
                raise Unreadable("too large: a file of more than 1 GB")
            if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
                raise Unreadable("a device, not a photo")  # reading one may never end
            data = file.read() if status.st_size else file.read(_UNSIZED)
    except PermissionError as error:
        raise Unreadable("cannot be opened: permission denied") from error
    except FileNotFoundError as error:
        raise Unreadable("file not found") from error
    except OSError as error:
        raise Unreadable(f"cannot be opened: {(error.strerror or 'unknown error').lower()}") from error
    if not data:
        raise Unreadable("empty file")
    return data


def _remote_contents(url: str) -> bytes:
    data = remote.read(url, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise Unreadable("too large: a file of more than 1 GB")
    if not data:
        raise Unreadable("empty file")
    return data


@dataclass(frozen=True, slots=True)
class PhotoCheck:
    """Result of the check of a readable photo.

    Attributes:
        range_info: Value range of a photo of more than 8 bits; None for other photos.
        note: Note for the user: “first of 5 pages used”; usually "".
        facts: Facts for the data check.
    """

    range_info: RangeInfo | None
    note: str
    facts: PhotoFacts


def check(path: str | os.PathLike[str]) -> PhotoCheck:
    """Check whether `read` would succeed, faster than by calling it.

    A JPEG is decoded at a fraction of its size: all of its bytes are read, so a cut-off file is detected.

    Raises:
        Unreadable: As in `read`.
    """
    data = contents(path)
    with pixel_budget.SHARED.use():
        if (header := deep.header(data)) is not None:
            photo = deep.read(data, header)
            most_alpha = 1.0 if photo.alpha is None else float(photo.alpha.max(initial=0))
            range_info = photo.range_info() if header.deep else None
            seen = facts.of_deep(data, photo, header)
            return PhotoCheck(range_info, _note(seen, most_alpha), seen)
        opened = facts.Opened()
        image = _load(data, enough=opened.needed)
        try:
            seen = opened.facts(data, image)
            return PhotoCheck(None, _note(seen, _most_alpha(image)), seen)
        except Exception as error:
            raise Unreadable(readers.reason_of(error, data)) from error


def _note(seen: PhotoFacts, most_alpha: float) -> str:
    several = f"first of {seen.images:,} {seen.unit} used" if seen.images > 1 else ""
    hidden = "fully transparent: it appears white" if most_alpha < MIN_ALPHA else ""
    return "; ".join(note for note in (several, hidden) if note)


def _most_alpha(image: Image.Image) -> float:
    """Alpha of the most opaque pixel, 0 to 1."""
    try:
        if not image.has_transparency_data:
            return 1.0
        if image.mode not in ("LA", "La", "RGBA", "RGBa"):
            image = image.convert("RGBA")
        return float(image.getchannel(image.getbands()[-1]).getextrema()[1]) / 255  # type: ignore[arg-type]
    except Exception:  # a damaged file may raise anything; reading it will report the error
        return 1.0


def thumbnail(path: str | os.PathLike[str], side: int, reading: Reading = STANDALONE) -> NDArray[np.uint8]:
    """A small image for the screen, fast; not for training, because a JPEG is decoded at reduced size.

    Args:
        path: The photo file.
        side: Longer side of the result in pixels; smaller photos keep their size.
        reading: As in `read`.

    Returns:
        (h, w, 3) uint8, upright.

    Raises:
        Unreadable: As in `read`.
    """

    def enough(image: ImageFile.ImageFile) -> tuple[int, int]:
        share = min(1.0, side / max(image.size))
        # Twice the target size, so that the resize below can still smooth.
        return max(1, int(image.width * share * 2)), max(1, int(image.height * share * 2))

    data = contents(path)
    with pixel_budget.SHARED.use():
        if (header := reading.header(data)) is not None:
            whole = reading.image(data, header)
            whole.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
            return np.asarray(whole)
        image = _load(data, reading, enough)
        try:
            small = color_modes.rgb(image)
            small.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
            return np.asarray(color_modes.upright(small, color_modes.orientation(image)))
        except Exception as error:
            raise Unreadable(readers.reason_of(error, data)) from error


def _load(
    data: bytes,
    reading: Reading = STANDALONE,
    enough: Callable[[ImageFile.ImageFile], tuple[int, int]] | None = None,
) -> ImageFile.ImageFile:
    """Decode to the pixel format of the file.

    Args:
        data: The file.
        reading: As in `read`.
        enough: Returns the smallest width and height needed; a JPEG may then be decoded at reduced size.
    """
    image = open_image(data, reading)
    try:
        # Only of a JPEG: HEIC photos would be replaced by a thumbnail, which may be intact though the photo is not.
        size = None if enough is None else enough(image)
        if size is not None and isinstance(image, JpegImagePlugin.JpegImageFile):
            image.draft(image.mode, size)
        pixel_budget.SHARED.take(image.width * image.height * pixel_budget.BYTES_A_PIXEL)
        image.load()
        return image
    except Exception as error:
        whole = None
        if isinstance(image, JpegImagePlugin.JpegImageFile) and "truncated" in str(error):
            with contextlib.suppress(Exception):  # a damaged file may raise anything: it is not complete
                whole = jpeg_ends.completed(data)
        if whole is None:
            raise Unreadable(readers.reason_of(error, data)) from error
    return _load(whole, reading, enough)


def open_image(data: bytes, reading: Reading = STANDALONE) -> ImageFile.ImageFile:
    """Read the header of a file; its pixels are not decoded yet.

    Raises:
        Unreadable: The file cannot or should not be decoded.
    """
    if not data:
        raise Unreadable("empty file")
    reader = readers.reader_of(data)
    if reader is None:
        raise Unreadable(file_kinds.name(data))
    if data.startswith(png_chunks.SIGNATURE):
        png = png_chunks.reduced(data)
        if png.wrong:
            raise Unreadable(png.wrong)
        data = png.data
    elif reader is JpegImagePlugin.JpegImageFile and jpeg_ends.ends_in_zeros(data):
        raise Unreadable("cut off: the file ends in zeros")
    try:
        image = reader(BytesIO(data))
    except Exception as error:
        cut_webp = data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 > len(data)
        raise Unreadable(readers.reason_of(EOFError() if cut_webp else error, data)) from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Unreadable(f"too large: {width} × {height} pixels")
    if image.mode.startswith(("I", "F")) and not reading.by_photo:
        raise Unreadable("damaged: its header contradicts itself")
    if image.mode == "LAB":
        raise Unreadable("in Lab colors, which cannot be read here: save it as RGB")
    return image
