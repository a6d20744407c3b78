"""Writes TIFF files, and PNG files of 16 bits, of kinds that no installed library writes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CODES = {1: "B", 2: "s", 3: "H", 4: "I", 11: "f", 12: "d", 16: "Q"}


def tiff(
    values: NDArray[Any],
    photometric: int = 1,
    *,
    bits: int = 0,
    strips: Sequence[bytes] = (),
    big: bool = False,
    planar: bool = False,
    extra: Sequence[tuple[int, int, Sequence[Any]]] = (),
) -> bytes:
    """An uncompressed TIFF of (h, w) or (h, w, bands), in the byte order of the values.

    Args:
        values: Stored values; their type determines SampleFormat.
        photometric: 0 white is zero, 1 black is zero, 2 RGB.
        bits: Bits per sample, if not those of `values`.
        strips: Stored bytes, if not those of `values`.
        big: BigTIFF.
        planar: One strip per band.
        extra: More tags: number, type, values.
    """
    order = ">" if values.dtype.byteorder == ">" else "<"
    cube = values.reshape(*values.shape[:2], -1)
    height, width, bands = cube.shape
    if not strips:
        strips = [cube[..., band].tobytes() for band in range(bands)] if planar else [cube.tobytes()]
    offset = 16 if big else 4  # types of offsets: LONG8 or LONG
    tags: list[tuple[int, int, Sequence[Any]]] = [
        (256, 3, [width]),
        (257, 3, [height]),
        (258, 3, [bits or 8 * values.dtype.itemsize] * bands),
        (259, 3, [1]),
        (262, 3, [photometric]),
        (273, offset, [0] * len(strips)),
        (277, 3, [bands]),
        (278, 3, [height]),
        (279, offset, [len(strip) for strip in strips]),
        (284, 3, [2 if planar else 1]),
        (339, 3, [{"u": 1, "i": 2, "f": 3}[values.dtype.kind]] * bands),
        *extra,
    ]
    tags.sort(key=lambda tag: tag[0])
    head, step, inline = (16, 20, 8) if big else (8, 12, 4)
    at = head + (8 if big else 2) + step * len(tags) + (8 if big else 4)
    places: dict[int, int] = {}
    for number, kind, numbers in tags:
        size = len(_packed(order, kind, numbers))
        if size > inline:
            places[number], at = at, at + size
    starts = [at + sum(map(len, strips[:place])) for place in range(len(strips))]
    entries = pool = b""
    for number, kind, numbers in tags:
        body = _packed(order, kind, starts if number == 273 else numbers)
        count = len(body) if kind == 2 else len(numbers)
        entries += struct.pack(order + ("HHQ" if big else "HHI"), number, kind, count)
        if number in places:
            entries += struct.pack(order + ("Q" if big else "I"), places[number])
            pool += body
        else:
            entries += body.ljust(inline, b"\0")
    mark = b"II" if order == "<" else b"MM"
    start = mark + (struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8))
    count_of = struct.pack(order + ("Q" if big else "H"), len(tags))
    return start + count_of + entries + bytes(inline) + pool + b"".join(strips)


def _packed(order: str, kind: int, numbers: Sequence[Any]) -> bytes:
    if kind == 2:
        return bytes(numbers)
    return struct.pack(f"{order}{len(numbers)}{_CODES[kind]}", *numbers)


def packed12(values: NDArray[np.uint16]) -> bytes:
    """Values of 12 bits, two in three bytes."""
    pairs = values.reshape(-1, 2).astype(np.uint32)
    return b"".join(int(a << 12 | b).to_bytes(3, "big") for a, b in pairs.tolist())


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png16(values: NDArray[Any], extra: bytes = b"") -> bytes:
    """A PNG of 16 bits from (h, w) or (h, w, bands); `extra` are chunks before the pixels."""
    cube = values.reshape(*values.shape[:2], -1).astype(">u2")
    height, width, bands = cube.shape
    color = {1: 0, 2: 4, 3: 2, 4: 6}[bands]
    raw = b"".join(b"\0" + row.tobytes() for row in cube)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + extra + pixels
