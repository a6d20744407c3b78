"""JPEGs without an end marker: complete apart from that, or cut off; and unsupported variants of JPEG.

Some cameras and downloads omit the last two bytes. Pillow then reports the file as truncated; with the bytes added,
libjpeg would silently fill missing pixels with gray. So such a file is decoded several times with different bytes after
its end: the results are equal only if none of those bytes was needed.
"""

from __future__ import annotations

import hashlib
from io import BytesIO

from PIL import JpegImagePlugin

END = b"\xff\xd9"

_JUNK = tuple(
    bytes((start,)) + hashlib.shake_128(bytes((start,))).digest(255).replace(b"\xff", b"\x55")
    for start in (0x5A, 0xD3, 0x96, 0x1B, 0xE9)
)
"""Bytes appended after a cut; one of them may by chance complete the last block, but not all of them."""

_ZEROS = b"\0" * 16
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))
_RESTARTS = frozenset(range(0xD0, 0xD8))
_FRAMES = frozenset((*range(0xC0, 0xD0),)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1, 0xC2), 0xC2


def completed(data: bytes) -> bytes | None:
    """The file with an end marker added, if only that is missing; None where pixels are missing, too."""
    data = data.rstrip(b"\xff")
    if not _has_all_scans(data) or not _has_all_restarts(data):
        return None
    picture = _pixels(data + END)
    if any(_pixels(data + junk + END) != picture for junk in _JUNK):
        return None
    return data + END


def ends_in_zeros(data: bytes) -> bool:
    """True where the pixel data end in zeros, as after a lost disk block or an unfinished download.

    Zeros after the end marker do not matter.
    """
    if not data.endswith(_ZEROS) or data.rstrip(b"\0").endswith(END):
        return False
    return not any(marker == END[1] for marker, _ in _segments(data))


def variant(data: bytes) -> str:
    """Name of an unsupported variant of JPEG; "" for supported ones and for files too damaged to tell."""
    for marker, body in _segments(data):
        if marker in _FRAMES:
            bits = body[0] if body else 8
            if marker not in _SEQUENTIAL:
                return "a lossless or otherwise rare JPEG"
            return f"a JPEG of {bits} bits a sample" if bits > 8 else ""
    return ""


def _pixels(data: bytes) -> bytes:
    with JpegImagePlugin.JpegImageFile(BytesIO(data)) as image:
        image.load()
        return image.tobytes()


def _has_all_scans(data: bytes) -> bool:
    """False where a progressive file ends after one of its coarser scans, which look like a complete image."""
    progressive, components = False, 0
    fine: dict[int, set[int]] = {}
    for marker, body in _segments(data):
        if marker in _FRAMES:
            progressive, components = marker == _PROGRESSIVE, body[5] if len(body) > 5 else 0
        elif marker == 0xDA and body:
            count = body[0]
            first, last, bits = body[1 + 2 * count : 4 + 2 * count].ljust(3, b"\0")
            for component in body[1 : 1 + 2 * count : 2]:
                if bits & 15 == 0 or not progressive:
                    fine.setdefault(component, set()).update(range(first, last + 1) if progressive else range(64))
    return len(fine) >= components > 0 and all(len(done) == 64 for done in fine.values())


def _has_all_restarts(data: bytes) -> bool:
    """False where the last scan ends with one of its restart intervals, so that the end looks complete."""
    interval = restarts = 0
    frame = b""
    progressive, one = False, False
    for marker, body in _segments(data):
        if marker == 0xDD and len(body) >= 2:
            interval = int.from_bytes(body[:2], "big")
        elif marker in _FRAMES:
            progressive, frame = marker == _PROGRESSIVE, body
        elif marker == 0xDA:
            restarts, one = 0, body[:1] == b"\1"
        elif marker in _RESTARTS:
            restarts += 1
    if not interval:
        return True
    if progressive or len(frame) < 9:
        return False  # a progressive file's intervals differ from scan to scan
    high, wide = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    factors = frame[7::3]
    across, down = (1, 1) if one else (max(factor >> 4 for factor in factors), max(factor & 15 for factor in factors))
    if not across or not down:
        return False
    units = -(-wide // (8 * across)) * -(-high // (8 * down))
    return restarts == -(-units // interval) - 1


def _segments(data: bytes) -> list[tuple[int, bytes]]:
    """Markers with their segments, without pixel data."""
    segments: list[tuple[int, bytes]] = []
    place = 2
    while (place := data.find(b"\xff", place)) >= 0 and place + 1 < len(data):
        marker = data[place + 1]
        if marker == END[1]:
            segments.append((marker, b""))
            break
        if marker in (0, 0xFF) or marker in _STANDALONE:
            if marker in _RESTARTS:
                segments.append((marker, b""))
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        segments.append((marker, data[place + 4 : place + 2 + length]))
        place += 2 + max(length, 2)
    return segments
