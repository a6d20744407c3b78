"""Reader for photos of more than 8 bits per sample, and for TIFF files that Pillow decodes wrongly.

Pillow supports few of them: of 16-bit colors it keeps the upper half, it does not invert 16-bit “white is zero”, reads
unsigned numbers as signed, and opens few float files. Here libraries made for such files decode them (tifffile,
imagecodecs) to their own values; `value_range` decides which of those become black and white.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.data.bit_depth import deep_png, deep_tiff, value_range
from studio.data.bit_depth.value_range import Extremes
from studio.data.formats import color_modes, pixel_budget, tiff_tags
from studio.data.formats.unreadable import MAX_PIXELS, Unreadable
from studio.spec import SampleKind, ValueRange

# Both log errors of damaged files through `logging`; without a handler Python would print them to the terminal.
for _name in ("tifffile", "imagecodecs"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Header:
    """Properties of a file's samples; read without decoding a pixel.

    Attributes:
        size: Width and height in pixels.
        deep: True for more than 8 bits; False for 8-bit images that Pillow would read wrongly.
        kind: Number format.
        states: True where the file states its range.
        tags: Tags of a TIFF file; None for PNG.
    """

    size: tuple[int, int]
    deep: bool
    kind: SampleKind
    states: bool
    tags: tiff_tags.Tags | None


@dataclass(frozen=True, slots=True)
class RangeInfo:
    """The value range of a photo of more than 8 bits: the stated one, or the extremes of its values.

    Attributes:
        kind: Number format.
        stated: The range that the file states; None where it states none.
        bulk: Where the file states none, the extremes without 1 % of the pixels on either side, from a sample.
    """

    kind: SampleKind
    stated: ValueRange | None
    bulk: Extremes | None = None


@dataclass(frozen=True, slots=True)
class DeepPhoto:
    """A decoded photo with the values in the file, not yet scaled to 8 bits.

    Attributes:
        values: (h, w, bands): 1 band is gray, 3 are red, green and blue, 4 are cyan, magenta, yellow and black.
        stated: The range that the file states; None where it states none.
        alpha: (h, w) from 0 (transparent) to 1; None where all pixels are opaque.
        premultiplied: True where the values are multiplied with alpha already.
        inverted: True where 0 is white.
        empty: (h, w), True where a pixel has no data; None where all have.
        orientation: EXIF orientation, 1…8.
    """

    values: NDArray[Any]
    stated: ValueRange | None
    alpha: NDArray[np.float32] | None = None
    premultiplied: bool = False
    inverted: bool = False
    empty: NDArray[np.bool_] | None = None
    orientation: int = 1

    def extremes(self) -> Extremes | None:
        """Lowest and highest value without a few outliers; None where no pixel is valid."""
        return value_range.extremes(self.values, self._valid())

    def range_info(self) -> RangeInfo:
        """The photo's value range."""
        kind: SampleKind = "float" if self.values.dtype.kind == "f" else "integer"
        bulk = value_range.extremes(self.values, self._valid(), **value_range.BULK) if self.stated is None else None
        return RangeInfo(kind, self.stated, bulk)

    def _valid(self) -> NDArray[np.bool_] | None:
        valid = None if self.empty is None else ~self.empty
        if self.alpha is not None:
            visible = self.alpha > 0
            valid = visible if valid is None else valid & visible
        return valid

    def own_range(self) -> ValueRange:
        """The stated range, or an estimate from this photo alone."""
        extremes = self.extremes() if self.stated is None else None
        return self.stated or (value_range.estimate([extremes]) if extremes else ValueRange(0.0, 1.0))

    def image(self, shown: ValueRange) -> Image.Image:
        """The photo as upright 8-bit RGB; transparent pixels are white, those without data black.

        Args:
            shown: The values that become black and white.
        """
        levels = value_range.to_bytes(self.values, shown)
        if self.inverted:
            levels = 255 - levels
        if self.empty is not None:
            levels[self.empty] = 0
        if levels.shape[2] == 4:
            levels = np.asarray(Image.fromarray(levels, "CMYK").convert("RGB"))
        elif levels.shape[2] == 1:
            levels = np.repeat(levels, 3, axis=2)
        if self.alpha is not None:
            alpha = self.alpha[..., None]
            colors = levels.astype(np.float32)
            colors = colors if self.premultiplied else colors * alpha
            levels = np.rint(np.minimum(colors + 255 * (1 - alpha), 255)).astype(np.uint8)
        return color_modes.upright(Image.fromarray(levels), self.orientation)


def header(data: bytes) -> Header | None:
    """Properties of a file's samples; None for files that this module does not read."""
    if data.startswith(deep_png.MAGIC):
        png = deep_png.header(data)
        return None if png is None else Header(png.size, png.bits == 16, "integer", png.stated_bits is not None, None)
    tags = tiff_tags.read(data)
    if tags is None or not deep_tiff.pillow_misreads(tags):
        return None
    deep = max(tags.bits) > 8 or tags.formats[0] not in (tiff_tags.UNSIGNED, 4)
    kind: SampleKind = "float" if tags.formats[0] == tiff_tags.FLOAT else "integer"
    return Header((tags.width, tags.height), deep, kind, deep_tiff.stated(tags) is not None, tags)


def read(data: bytes, header: Header) -> DeepPhoto:
    """Decode a file.

    Args:
        data: The whole file.
        header: Its header.

    Raises:
        Unreadable: It is damaged, too large, or of an unsupported kind.
    """
    width, height = header.size
    if width < 1 or height < 1:
        raise Unreadable("damaged: it has no pixels")
    if width * height > MAX_PIXELS:
        raise Unreadable(f"too large: {width} × {height} pixels")
    bands, bits = (len(header.tags.bits), max(header.tags.bits)) if header.tags is not None else (4, 16)
    pixel_budget.SHARED.take(width * height * (bands * bits // 8 + pixel_budget.BYTES_A_PIXEL))
    try:
        return _tiff(data, header.tags) if header.tags is not None else _png(data)
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable("too large: not enough memory to open it") from error
    except Exception as error:  # for a damaged file these libraries raise almost anything
        raise Unreadable("damaged or cut off: it cannot be decoded") from error


def _png(data: bytes) -> DeepPhoto:
    png = deep_png.read(data)
    return DeepPhoto(png.values, png.stated, png.alpha, orientation=png.orientation)


def _tiff(data: bytes, tags: tiff_tags.Tags) -> DeepPhoto:
    values, orientation = deep_tiff.read(data, tags)
    values, alpha, premultiplied = deep_tiff.split(values, tags)
    empty = None
    if tags.no_data is not None:
        empty = (values == tags.no_data).all(axis=2)
        empty = empty if empty.any() else None
    if values.dtype.kind == "f" and not np.isfinite(values).any():
        raise Unreadable("without a picture: each of its pixels is “not a number” or infinite")
    if empty is not None and empty.all():
        raise Unreadable("without a picture: each of its pixels is marked as “no data”")
    return DeepPhoto(
        values,
        deep_tiff.stated(tags),
        alpha,
        premultiplied,
        tags.photometric == tiff_tags.GRAY_INVERTED,
        empty,
        orientation,
    )
