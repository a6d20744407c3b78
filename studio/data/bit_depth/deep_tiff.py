"""Reader for TIFF files that Pillow decodes wrongly or not at all.

tifffile reads the tags and decompresses one strip or tile at a time. This module checks that every strip is present and
complete: a file that ends early must be refused, not filled with zeros.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.data.bit_depth import value_range
from studio.data.formats.tiff_tags import CMYK, FLOAT, GRAY, GRAY_INVERTED, PALETTE, RGB, SIGNED, UNSIGNED, YCBCR, Tags
from studio.data.formats.unreadable import Unreadable
from studio.spec import ValueRange

_UNSUPPORTED = "a variant that cannot be read here: save it as RGB or gray"

_OTHER_COLORS = {
    3: "of a palette with more than 8 bits, which cannot be read here: save it as RGB",
    8: "in Lab colors, which cannot be read here: save it as RGB",
    9: "in Lab colors, which cannot be read here: save it as RGB",
    10: "in Lab colors, which cannot be read here: save it as RGB",
    32803: "a camera's raw file, which cannot be read here: develop it to JPEG, PNG or TIFF",
    34892: "a camera's raw file, which cannot be read here: develop it to JPEG, PNG or TIFF",
    32844: "in LogLuv colors, which cannot be read here: save it as RGB",
    32845: "in LogLuv colors, which cannot be read here: save it as RGB",
}

_COMMON_COMPRESSIONS = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34925, 50000))
"""Compressions that Pillow supports as well: none, fax, LZW, JPEG, Deflate, PackBits, LZMA, Zstandard."""

_OTHER_COMPRESSIONS = frozenset((33003, 33005, 34712, 34887, 34933, 50001, 50002, 52546))
"""Compressions that only this module supports: JPEG 2000, LERC, PNG, WebP, JPEG XL. Others are refused with a reason,
because the decoders of some print to the terminal."""

_JPEG = (6, 7)
"""Compressions that also convert YCbCr to RGB."""


def pillow_misreads(tags: Tags) -> bool:
    """True for files that Pillow reads wrongly or not at all; common 8-bit images are left to Pillow."""
    bits = max(tags.bits)
    if bits > 8 or len(set(tags.bits)) > 1 or tags.big_endian_big:
        return True
    if any(kind not in (UNSIGNED, 4) for kind in tags.formats):
        return True
    if _has_narrow_palette(tags):
        return True
    if bits < 8:
        return False
    if tags.compression not in _COMMON_COMPRESSIONS:
        return True
    unnamed_fourth = tags.photometric == RGB and tags.bands > 3 and not tags.extra
    many_grays = tags.photometric in (GRAY, GRAY_INVERTED) and tags.bands > 2
    return tags.planar or unnamed_fourth or many_grays


def _has_narrow_palette(tags: Tags) -> bool:
    """True for a palette of 8 bits per entry: a reader that follows the standard strictly shows such an image black."""
    return tags.photometric == PALETTE and tags.narrow_palette and tags.bands == 1 and max(tags.bits) <= 8


def stated(tags: Tags) -> ValueRange | None:
    """The range that a file states; None where it states none.

    It follows from a bit depth that is not a multiple of 8, such as 12, or from OME's significant bits. MinSampleValue
    and MaxSampleValue are used only where they are a usual range: most programs write the extremes of the single image
    into them.
    """
    bits = max(tags.bits)
    if not 1 <= bits <= 64:
        return None
    if tags.formats[0] in (UNSIGNED, 4):
        if bits <= 8 or bits % 8:
            return value_range.of_bits(bits)
        if (significant := _significant_bits(tags.description)) and significant < bits:
            return value_range.of_bits(significant)
    if tags.max_sample is None or (tags.min_sample or 0.0) >= tags.max_sample:
        return None
    stated_range = ValueRange(tags.min_sample or 0.0, tags.max_sample)
    kind = tags.formats[0]
    everything = value_range.of_bits(bits) if kind == UNSIGNED else value_range.of_signed_bits(bits)
    usual = value_range.usual("float" if kind == FLOAT else "integer", kind == SIGNED)
    return stated_range if stated_range in usual and (kind == FLOAT or stated_range != everything) else None


def read(data: bytes, tags: Tags) -> tuple[NDArray[Any], int]:
    """Decode the first image.

    Returns:
        (h, w, bands) in native byte order, and the orientation 1…8.

    Raises:
        Unreadable: The file is cut off or of an unsupported kind.
        Exception: The file is damaged; the type depends on tifffile.
    """
    _require_known(tags)
    import tifffile

    with tifffile.TiffFile(BytesIO(data)) as file:
        page: Any = file.pages.first
        bands, depth, height, width, samples = page.shaped
        if (height, width) != (tags.height, tags.width) or depth != 1 or bands * samples != tags.bands:
            raise Unreadable(_UNSUPPORTED)
        if (page.photometric, page.compression) != (tags.photometric, tags.compression):
            raise Unreadable("damaged: its tags contradict each other")  # the range follows from the other tags
        if page.dtype is None or page.dtype.kind not in "uif":
            raise Unreadable(_UNSUPPORTED)
        whole = np.empty((bands, height, width, samples), page.dtype)
        _fill(whole, page, data)
        turn = page.tags.get(274)
        palette = page.colormap if _has_narrow_palette(tags) else None
    orientation = turn.value if turn is not None and turn.value in range(1, 9) else 1
    values = whole[0] if bands == 1 else whole[..., 0].transpose(1, 2, 0)
    if palette is not None:
        values = palette.astype(np.uint8).T[values[..., 0]]
    return values, int(orientation)


def split(values: NDArray[Any], tags: Tags) -> tuple[NDArray[Any], NDArray[np.float32] | None, bool]:
    """Split the bands: colors, alpha (0 to 1) if present, and whether the colors are premultiplied with it."""
    colors = {RGB: 3, PALETTE: 3, YCBCR: 3, CMYK: 4}.get(tags.photometric, 1)
    if colors == 1 and tags.bands >= 3:
        if tags.bands > 3:
            raise Unreadable(f"of {tags.bands} bands without stated colors: save three of them as RGB")
        colors = 3  # three channels of a microscope, each stored as gray
    alpha, premultiplied = None, False
    for place, meaning in enumerate(tags.extra):
        if meaning in (1, 2) and colors + place < values.shape[2]:
            band = values[..., colors + place]
            white = 1.0 if band.dtype.kind == "f" else float((1 << tags.bits[0]) - 1)
            alpha = np.clip(np.nan_to_num(band.astype(np.float32) / np.float32(white)), 0, 1)
            premultiplied = meaning == 1
            break
    return values[..., :colors], alpha, premultiplied


def _require_known(tags: Tags) -> None:
    if tags.compression not in _COMMON_COMPRESSIONS | _OTHER_COMPRESSIONS:
        raise Unreadable("compressed in a way that cannot be read here: save it with LZW or Deflate")
    if tags.photometric in _OTHER_COLORS and not _has_narrow_palette(tags):
        raise Unreadable(_OTHER_COLORS[tags.photometric])
    if tags.photometric == YCBCR and tags.compression not in _JPEG:
        raise Unreadable("of YCbCr colors, which cannot be read here: save it as RGB")
    needed = {RGB: 3, PALETTE: 1, YCBCR: 3, CMYK: 4, GRAY: 1, GRAY_INVERTED: 1}.get(tags.photometric)
    if needed is None or tags.bands < needed:
        raise Unreadable(_UNSUPPORTED)
    if len(set(tags.bits)) > 1 or len(set(tags.formats)) > 1:
        raise Unreadable("of bands with different numbers of bits, which cannot be read here: save it as RGB")


def _fill(whole: NDArray[Any], page: Any, data: bytes) -> None:
    """Decode all strips or tiles into `whole`."""
    offsets, counts = page.dataoffsets, page.databytecounts
    _, height, width, _ = whole.shape
    covered = 0
    for index, (offset, count) in enumerate(zip(offsets, counts, strict=True)):
        if count == 0 or offset == 0:
            raise Unreadable("damaged: a part of the picture is missing")
        if offset + count > len(data):
            raise Unreadable("cut off: the file ends early")
        segment, (band, _, top, left, _), shape = page.decode(
            data[offset : offset + count], index, jpegtables=page.jpegtables
        )
        if band >= len(whole) or top >= height or left >= width:
            continue
        room = whole[band, top : top + shape[1], left : left + shape[2]]
        part = segment[0, : room.shape[0], : room.shape[1]]
        if part.shape != room.shape:
            raise Unreadable("cut off: the file ends early")
        room[...] = part
        covered += room.size
    if covered < whole.size:
        raise Unreadable("damaged: a part of the picture is missing")


def _significant_bits(description: str) -> int:
    """Number of significant bits in OME metadata; 0 without it."""
    if "OME" not in description:
        return 0
    text = description.partition('SignificantBits="')[2].partition('"')[0]
    return int(text) if text.isdigit() and 8 < int(text) <= 32 else 0
