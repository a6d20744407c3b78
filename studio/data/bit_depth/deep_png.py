"""Reader for PNG files of 16 bits per sample, and for gray ones of 2 or 4 bits with a transparent gray value.

For the latter, Pillow makes the wrong gray value transparent. Only the chunks with pixels are passed to the decoder, so
that damaged or oversized other chunks do not make a photo unreadable.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.data.bit_depth import value_range
from studio.data.formats import png_chunks
from studio.data.formats.unreadable import Unreadable
from studio.spec import ValueRange

MAGIC = png_chunks.SIGNATURE

_BANDS = {0: 1, 2: 3, 4: 2, 6: 4}
"""Bands by color type."""


@dataclass(frozen=True, slots=True)
class Header:
    """Properties in the chunks before the pixels.

    Attributes:
        size: Width and height in pixels.
        bits: Bits per sample.
        color_type: 0 gray, 2 RGB, 4 and 6 the same with alpha.
        stated_bits: Significant bits (sBIT) where they are fewer than 16; None otherwise.
    """

    size: tuple[int, int]
    bits: int
    color_type: int
    stated_bits: int | None


@dataclass(frozen=True, slots=True)
class Png:
    """A decoded file; see `deep.DeepPhoto`."""

    values: NDArray[Any]
    stated: ValueRange | None
    alpha: NDArray[np.float32] | None
    orientation: int


def header(data: bytes) -> Header | None:
    """The header of a PNG that this module reads; None for every other file."""
    if len(data) < 33 or data[12:16] != b"IHDR" or data[25] not in _BANDS:
        return None
    bits, color_type = data[24], data[25]
    if bits != 16 and not (bits in (2, 4) and color_type == 0 and _is_transparent(data)):
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return Header((width, height), bits, color_type, _stated_bits(data) if bits == 16 else 8)


def _is_transparent(data: bytes) -> bool:
    return any(kind == b"tRNS" and length >= 2 for kind, _, length in _chunks(data))


def read(data: bytes) -> Png:
    """Decode a file for which `header` returns a header.

    Raises:
        Unreadable: The file is cut off.
        Exception: The file is damaged; the type depends on imagecodecs.
    """
    import imagecodecs

    head, png = header(data), png_chunks.reduced(data)
    assert head is not None
    if png.wrong:
        raise Unreadable(png.wrong)
    data = png.data
    chunks = [MAGIC, data[8:33]]
    transparent, orientation = b"", 1
    for kind, at, length in _chunks(data):
        body = memoryview(data)[at : at + length]
        if kind == b"IDAT":
            chunks.append(_chunk(kind, bytes(body)))  # with a new checksum: those of the pixels were checked before
        elif kind == b"tRNS":
            transparent = bytes(body)
        elif kind == b"eXIf":
            orientation = png_chunks.exif_orientation(bytes(body))
        elif kind in png_chunks.TEXTS and orientation == 1:
            orientation = png_chunks.text_orientation(kind, bytes(body))
    values: NDArray[Any] = imagecodecs.png_decode(b"".join((*chunks, _chunk(b"IEND", b""))))
    bands = _BANDS[head.color_type]
    values = values.reshape(head.size[1], head.size[0], bands)
    alpha = last = None
    if bands in (2, 4):
        values, last = values[..., :-1], values[..., -1]
    elif len(transparent) >= 2 * bands:
        color = np.frombuffer(transparent[: 2 * bands], ">u2")
        color = color if head.bits == 16 else color * (255 // ((1 << head.bits) - 1))  # scaled like the values
        alpha = (values != color).any(axis=2).astype(np.float32)
    stated: ValueRange | None = value_range.of_bits(8)
    if head.bits == 16:
        stated = None if head.stated_bits is None else _range(values, head.stated_bits)
    if last is not None:
        # A program that stores the camera's values unscaled usually does not scale alpha either.
        narrow = stated is not None and 0 < int(last.max(initial=0)) <= stated.high
        alpha = last.astype(np.float32) / np.float32(stated.high if stated is not None and narrow else 65535)
    return Png(values, stated, alpha, orientation)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _range(values: NDArray[Any], bits: int) -> ValueRange:
    """Range of a file with this number of significant bits.

    The standard requires values scaled up to 16 bits (shifted, or shifted with the upper bits repeated below), but many
    programs store the camera's values unscaled. The lowest bits distinguish the two: a photo whose values fit into
    `bits`, all with empty bits below the shift, is a scaled but dark one.
    """
    low_bits = (1 << (16 - bits)) - 1
    narrow = int(values.max(initial=0)) < 1 << bits
    return value_range.of_bits(bits if narrow and (values & low_bits).any() else 16)


def _stated_bits(data: bytes) -> int | None:
    for kind, at, length in _chunks(data):
        if kind == b"sBIT":
            colors = {0: 1, 2: 3, 4: 1, 6: 3}[data[25]]
            bits = max(data[at : at + min(length, colors)], default=16)
            return bits if 1 <= bits < 16 else None
        if kind == b"IDAT":
            return None
    return None


def _chunks(data: bytes) -> list[tuple[bytes, int, int]]:
    """Name, offset and length of each chunk's content."""
    chunks: list[tuple[bytes, int, int]] = []
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunks.append((kind, at + 8, length))
        at += length + 12
        if kind == b"IEND":
            break
    return chunks
