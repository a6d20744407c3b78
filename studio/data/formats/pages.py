"""Number of images in a file: pages of a TIFF, frames of an animation, pictures of a stereo camera.

Only the first one is used, and a note informs the user, so that a stack of 200 slices is not mistaken for one photo.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from studio.data.formats import png_chunks, tiff_tags

_MAX_COUNT = 100_000
"""Number of images at which counting stops."""

_IMAGEJ = re.compile(r"ImageJ=[^\0]*?\nimages=(\d{1,6})\b")
_SUBFILE, _REDUCED_OR_MASK = 254, 0b101
_GAIN_MAPS = (b"hdrgm:", b"HDRGainMap", b"urn:com:apple:photo:2020:aux:hdrgainmap")
"""Texts in the metadata of photos whose second image is only a gain map for the first."""


def note(data: bytes) -> str:
    """Note on a file with several images, “first of 5 pages used”; "" for one image and for damaged files.

    No image is decoded.
    """
    number, noun = count(data)
    return f"first of {number:,} {noun} used" if number > 1 else ""


def count(data: bytes) -> tuple[int, str]:
    """Number of images in a file and their name, “pages”; 1 for damaged files."""
    try:
        return _count(data)
    except (struct.error, IndexError, ValueError, OverflowError):
        return 1, ""


def _count(data: bytes) -> tuple[int, str]:
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return max(sum(1 for _ in _tiff_pages(data)), _imagej_images(data)), "pages"
    if data[:4] == b"GIF8":
        return _gif_frames(data), "frames"
    if data.startswith(png_chunks.SIGNATURE):
        return _png_frames(data), "frames"
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X":
        return _webp_frames(data), "frames"
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg_pictures(data), "pictures"
    return 1, ""


def _tiff_pages(data: bytes) -> Iterator[int]:
    """Offsets of the pages, without reduced copies and masks."""
    order, big = ("<" if data[:2] == b"II" else ">"), 43 in data[2:4]
    offset, count = ("Q", "Q") if big else ("I", "H")
    size = 20 if big else 12
    place = struct.unpack_from(order + offset, data, 8 if big else 4)[0]
    offsets: set[int] = set()
    while place and place not in offsets and len(offsets) < _MAX_COUNT:
        offsets.add(place)
        try:
            entries = struct.unpack_from(order + count, data, place)[0]
            start = place + struct.calcsize(order + count)
            kind = 0
            for entry in range(start, start + size * min(entries, 64), size):
                if struct.unpack_from(order + "H", data, entry)[0] == _SUBFILE:
                    kind = struct.unpack_from(order + "I", data, entry + size - (8 if big else 4))[0]
            if not kind & _REDUCED_OR_MASK or len(offsets) == 1:
                yield place
            place = struct.unpack_from(order + offset, data, start + size * entries)[0]
        except struct.error:
            return


def _imagej_images(data: bytes) -> int:
    """Images of a stack according to ImageJ's description; the file may have a page for the first one only."""
    tags = tiff_tags.read(data)
    match = _IMAGEJ.match(tags.description) if tags is not None else None
    return int(match[1]) if match else 1


def _gif_frames(data: bytes) -> int:
    flags = data[10]
    place = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    frames = 0
    while place < len(data) and frames < _MAX_COUNT:
        kind = data[place]
        if kind == 0x2C:
            frames += 1
            flags = data[place + 9]
            place += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
        elif kind == 0x21:
            place += 2
        else:
            break
        while data[place]:
            place += data[place] + 1
        place += 1
    return frames


def _png_frames(data: bytes) -> int:
    place = len(png_chunks.SIGNATURE)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"acTL":
            return int(struct.unpack_from(">I", data, place + 8)[0])
        if kind == b"IDAT":
            break
        place += 12 + length
    return 1


def _webp_frames(data: bytes) -> int:
    place, frames = 12, 0
    while place + 8 <= len(data) and frames < _MAX_COUNT:
        kind, length = struct.unpack_from("<4sI", data, place)
        frames += kind == b"ANMF"
        place += 8 + length + length % 2
    return max(frames, 1)


def _jpeg_pictures(data: bytes) -> int:
    """Images in the multi-picture format (CIPA DC-007), without thumbnails and gain maps."""
    place, start = 2, 0
    while data[place] == 0xFF and data[place + 1] not in (0xD9, 0xDA):
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] == 0xE2 and data.startswith(b"MPF\0", place + 4):
            start = place + 8
        place += 2 + max(length, 2)
    if not start or any(data.find(mark, 0, place) >= 0 for mark in _GAIN_MAPS):
        return 1
    order = "<" if data[start : start + 2] == b"II" else ">"
    directory = start + struct.unpack_from(order + "I", data, start + 4)[0]
    entries = struct.unpack_from(order + "H", data, directory)[0]
    for entry in range(directory + 2, directory + 2 + 12 * min(entries, 64), 12):
        tag, _, size, where = struct.unpack_from(order + "HHII", data, entry)
        if tag == 0xB002:
            kinds = (
                struct.unpack_from(order + "I", data, start + where + at)[0] for at in range(0, min(size, 1 << 16), 16)
            )
            return sum((kind >> 16) & 0xFF != 1 for kind in kinds)
    return 1
