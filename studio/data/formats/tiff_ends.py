"""Detection of TIFF files whose end is missing, for which decoders only report that they are damaged."""

from __future__ import annotations

import struct

_OFFSETS, _COUNTS = (273, 324), (279, 325)
"""Tags with the offsets and lengths of strips and of tiles."""

_CODES = {3: "H", 4: "I", 16: "Q"}
_MAX_PARTS = 100_000


def is_cut(data: bytes) -> bool:
    """True for a TIFF whose directory or pixels lie beyond the end of the file."""
    if data[:4] not in (b"II*\0", b"MM\0*"):
        return False
    order = "<" if data[:2] == b"II" else ">"
    try:
        tags = _tags(data, order)
    except struct.error:
        return True
    places, lengths = (next((tags[tag] for tag in kinds if tag in tags), ()) for kinds in (_OFFSETS, _COUNTS))
    return any(place + length > len(data) for place, length in zip(places, lengths, strict=False))


def _tags(data: bytes, order: str) -> dict[int, tuple[int, ...]]:
    """Offsets and lengths in the first directory; raises `struct.error` where the file ends before."""
    (place,) = struct.unpack_from(f"{order}I", data, 4)
    (entries,) = struct.unpack_from(f"{order}H", data, place)
    tags: dict[int, tuple[int, ...]] = {}
    for entry in range(place + 2, place + 2 + 12 * entries, 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", data, entry)
        if tag not in _OFFSETS + _COUNTS or kind not in _CODES or not 0 < number <= _MAX_PARTS:
            continue
        code = f"{order}{number}{_CODES[kind]}"
        start = entry + 8
        if struct.calcsize(code) > 4:
            (start,) = struct.unpack_from(f"{order}I", data, start)
        tags[tag] = struct.unpack_from(code, data, start)
    return tags
