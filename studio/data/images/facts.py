"""Facts about one photo for the data check, collected while it is opened; less than 1 KB each.

A JPEG may be decoded at reduced size for that, so the small picture is not for training.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass

import numpy as np
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

_OPAQUE = [0] * 128 + [255] * 128
"""Values of a mask by alpha."""

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
            opaque=_opaque(image, left) if image.has_transparency_data else None,
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
    opaque: Image.Image | None = None,
) -> PhotoFacts:
    images, unit = (images, "frames" if kind == "AVIF" else "pictures") if images > 1 else pages.count(data)
    grain = upright.resize((_GRAIN, _GRAIN), Image.Resampling.BOX, reducing_gap=2.0)
    flat, colors = _colors(grain, opaque)
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


def _opaque(image: Image.Image, orientation: int) -> Image.Image:
    """Mask ("1") of the opaque pixels of the upright photo, in the size in which its colors are counted."""
    opaque = {"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode)
    alpha = color_modes.upright(image.convert(opaque).convert("RGBA").getchannel("A"), orientation)
    return alpha.resize((_GRAIN, _GRAIN), Image.Resampling.BOX, reducing_gap=2.0).point(_OPAQUE, "1")


def _spread(grain: Image.Image, mask: Image.Image | None = None) -> int:
    counts = np.array(grain.histogram(mask)).reshape(3, 256).cumsum(axis=1)
    number = int(counts[0, -1])
    cut = number // 100
    dark, bright = (counts > cut).argmax(axis=1), (counts >= number - cut).argmax(axis=1)
    return int((bright - dark).max())


def _colors(grain: Image.Image, opaque: Image.Image | None) -> tuple[float, int]:
    """Share of the most common color, of 16 levels each, and number of colors.

    Where most pixels have one color, a level is a sixteenth of the photo's own contrast, and transparent pixels are not
    counted: a washed-out photo, or one that was cut out of its background, has as many colors as any other.
    """
    pixels = np.asarray(grain).reshape(-1, 3).astype(np.int64)
    counts = np.bincount((pixels >> 4) @ np.array([256, 16, 1]), minlength=4096)
    flat, mask = float(counts.max() / len(pixels)), None
    if flat < 0.5:
        return flat, int(np.count_nonzero(counts))
    if opaque is not None and np.asarray(opaque).any():
        mask, pixels = opaque, pixels[np.asarray(opaque).ravel()]
    exact, numbers = np.unique(pixels, axis=0, return_counts=True)
    step = max(_spread(grain, mask), 16) / 16
    # relative to the most common color, which noise would else divide between two levels
    levels = np.floor((pixels - exact[numbers.argmax()]) / step + 0.5).clip(-16, 16).astype(np.int64) + 16
    counts = np.bincount(levels @ np.array([33 * 33, 33, 1]))
    flat = float(counts.max() / len(pixels)) if mask is None else flat
    return flat, int(np.count_nonzero(counts))
