"""Facts about one photo for the data check, collected while it is opened; less than 1 KB each.

A JPEG may be decoded at reduced size for that, so the small picture is not for training.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from studio.data.bit_depth.deep import DeepPhoto, Header
from studio.data.bit_depth.reading import DIGEST_BYTES
from studio.data.formats import color_modes, jpeg_damage, pages, tiff_tags
from studio.data.images import origin

SIDE = 24
"""Side of the small gray picture in pixels; with 24 × 24 bytes the facts of a photo stay below 1 KB."""

NEEDED = 2 * SIDE - 8
"""Shorter side in pixels to which a JPEG may be reduced: an eighth of 320, and libjpeg decodes eighths fast."""

_GRAIN = 48
"""Side of the picture in which levels and colors are counted: pixels are averaged, so that noise does not count."""

_FORMATS = {"MPO": "JPEG", "WEBP": "WebP", "HEIF": "HEIC"}


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Facts about one readable photo.

    Attributes:
        format: File format: "JPEG", "PNG", "GIF", "BMP", "TIFF", "WebP", "HEIC" or "AVIF".
        width: In pixels, as shown.
        height: In pixels, as shown.
        orientation: EXIF orientation 1…8; 1 is upright.
        deep: True for more than 8 bits per sample.
        cmyk: True for print colors (CMYK).
        palette: True for a file with a color palette.
        alpha: True for a photo with transparency.
        images: Number of images in the file.
        unit: Name of the images: "frames", "pages" or "pictures"; "" for one.
        digest: Hash of the file.
        small: `SIDE` × `SIDE` gray levels of the upright photo, whatever its aspect ratio.
        spread: Difference between the darkest and the brightest level, of the color in which it is largest, without 1 %
            of the pixels on either side.
        flat: Share of pixels that have the most common color.
        colors: Number of colors, coarsely counted.
        damaged: True for a JPEG with impossible bytes in the middle: parts of the picture may be missing.
        file_size: Size of the file in bytes.
        day: Day on which it was taken: “2024-05-31”; "" where the file does not state it.
        camera: Its camera; "" where the file does not state it.
    """

    format: str
    width: int
    height: int
    orientation: int
    deep: bool
    cmyk: bool
    palette: bool
    alpha: bool
    images: int
    unit: str
    digest: bytes
    small: bytes
    spread: int
    flat: float
    colors: int
    damaged: bool = False
    file_size: int = 0
    day: str = ""
    camera: str = ""

    @property
    def aspect(self) -> float:
        """Longer side divided by shorter side."""
        return max(self.width, self.height) / max(1, min(self.width, self.height))


class Opened:
    """Facts that are lost when a photo is decoded, because Pillow then changes its size, mode or orientation."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._mode = ""
        self._orientation = 1
        self._images = 1
        self._deep = False
        self._origin = ("", "")

    def needed(self, image: ImageFile.ImageFile) -> tuple[int, int]:
        """Record the facts of an opened image; returns the size to which it may be reduced."""
        self._size, self._mode = image.size, image.mode
        self._orientation = color_modes.orientation(image)
        self._origin = origin.of(image)
        if image.format in ("HEIF", "AVIF"):  # for other formats, `pages` counts without Pillow
            self._images = getattr(image, "n_frames", 1)
            self._deep = image.info.get("bit_depth", 8) > 8
        return NEEDED, NEEDED

    def facts(self, data: bytes, image: ImageFile.ImageFile) -> PhotoFacts:
        """Facts of the same image once it is decoded."""
        left = color_modes.orientation(image)
        width, height = self._size
        swapped = self._orientation >= 5
        if image.format == "TIFF":  # Pillow gives the size of the upright image
            swapped = swapped and left >= 5
        return _facts(
            data,
            color_modes.upright(color_modes.rgb(image), left),
            _FORMATS.get(image.format or "", image.format or ""),
            (height, width) if swapped else (width, height),
            self._orientation,
            cmyk=self._mode == "CMYK",
            palette=self._mode in ("P", "PA"),
            alpha=image.has_transparency_data,
            deep=self._deep,
            images=self._images,
            source=self._origin,
        )


def of_deep(data: bytes, photo: DeepPhoto, header: Header) -> PhotoFacts:
    """Facts of a photo that is not read with Pillow."""
    tags = header.tags
    width, height = header.size
    return _facts(
        data,
        photo.image(photo.own_range()),
        "PNG" if tags is None else "TIFF",
        (height, width) if photo.orientation >= 5 else (width, height),
        photo.orientation,
        deep=header.deep,
        cmyk=tags is not None and tags.photometric == tiff_tags.CMYK,
        palette=tags is not None and tags.photometric == tiff_tags.PALETTE,
        alpha=photo.alpha is not None,
        source=origin.of_data(data),
    )


def _facts(
    data: bytes,
    upright: Image.Image,
    kind: str,
    size: tuple[int, int],
    orientation: int,
    *,
    cmyk: bool,
    palette: bool,
    alpha: bool,
    deep: bool = False,
    images: int = 1,
    source: tuple[str, str] = ("", ""),
) -> PhotoFacts:
    images, unit = (images, "frames" if kind == "AVIF" else "pictures") if images > 1 else pages.count(data)
    grain = upright.resize((_GRAIN, _GRAIN), Image.Resampling.BOX, reducing_gap=2.0)
    flat, colors = _colors(np.asarray(grain))
    small = upright.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0).convert("L")
    return PhotoFacts(
        kind,
        *size,
        orientation,
        deep,
        cmyk,
        palette,
        alpha,
        images,
        unit if images > 1 else "",
        hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest(),
        small.tobytes(),
        _spread(grain),
        flat,
        colors,
        kind == "JPEG" and jpeg_damage.is_damaged(data),
        len(data),
        *map(sys.intern, source),
    )


def _spread(grain: Image.Image) -> int:
    counts = np.array(grain.histogram()).reshape(3, 256).cumsum(axis=1)
    cut = _GRAIN * _GRAIN // 100
    dark, bright = (counts > cut).argmax(axis=1), (counts >= _GRAIN * _GRAIN - cut).argmax(axis=1)
    return int((bright - dark).max())


def _colors(grain: NDArray[np.uint8]) -> tuple[float, int]:
    """Share of the most common color, and number of colors, of 16 levels each."""
    levels = (grain >> 4).astype(np.int64) @ np.array([256, 16, 1])
    counts = np.bincount(levels.ravel(), minlength=4096)
    return float(counts.max() / levels.size), int(np.count_nonzero(counts))
