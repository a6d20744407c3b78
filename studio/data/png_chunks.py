"""A PNG reduced to the chunks that make its picture, and its checksums held against its content.

Pillow refuses a healthy picture for a large text or color profile, or for a checksum of an unused chunk;
and it never looks at the checksums of the pixels. So the chunks are gone through here first: what the picture needs
must be undamaged, the rest does not matter and is not passed on.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"

CHANGED = "damaged: its content has changed since it was written (PNG checksum)"
CUT = "cut off: the file ends early"

_NEEDED = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT"))
_USEFUL = frozenset((b"IEND", b"eXIf", b"sBIT"))
_TEXTS = frozenset((b"iTXt", b"zTXt", b"tEXt"))
_ORIENTATION = (b"XML:com.adobe.xmp\0", b"Raw profile type exif\0", b"Raw profile type APP1\0")
"""Keywords of texts that can say how the photo is to be turned."""

_MOST_TEXT = 1 << 16
"""Bytes of such a text; larger ones are not read."""

_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Png:
    """What is left of a file.

    Attributes:
        data: The file as Pillow is to read it; the same object where nothing was left out.
        wrong: Why the picture cannot be trusted, in words for the user; "" where it can.
    """

    data: bytes
    wrong: str = ""


def reduced(data: bytes) -> Png:
    """Go through the chunks of a file that begins with `SIGNATURE`."""
    view = memoryview(data)
    kept: list[tuple[int, int]] = []
    pixels: list[tuple[int, int]] = []
    doubtful = dropped = ended = False
    place = len(SIGNATURE)
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if place == len(SIGNATURE) and kind != b"IHDR":
            return Png(data, _strange_start(kind))
        if not kind.isalpha():
            doubtful = True
            break
        if end > len(data):  # the last one may be cut where all pixels are there
            doubtful = True
            if kind == b"IDAT":
                pixels.append((place + 8, len(data)))
                kept.append((place, len(data)))
            break
        said = int.from_bytes(view[end - 4 : end], "big")
        right = zlib.crc32(view[place + 4 : end - 4]) == said
        if kind in _NEEDED:
            # A few programs write 0 for a checksum; then the one inside of the pixels decides. That one alone is too
            # weak: four neighboring pixels can change and leave it as it was.
            if not right and (said or kind != b"IDAT"):
                return Png(data, CHANGED)
            if kind == b"IDAT":
                doubtful |= not right
                pixels.append((place + 8, end - 4))
            kept.append((place, end))
        elif kind in _USEFUL or (kind in _TEXTS and length <= _MOST_TEXT and _turns(view, place + 8)):
            if right:
                kept.append((place, end))
            else:
                dropped = True
            if kind == b"IEND":
                ended = True
                doubtful |= not right
                break
        else:
            dropped = True
            doubtful |= not right
        place = end
    if not pixels:
        return Png(data, CUT if not ended else CHANGED)
    if doubtful or not ended:
        wrong = _broken(view, pixels)
        if wrong:
            return Png(data, wrong)
    if dropped:
        data = b"".join((SIGNATURE, *(view[start:end] for start, end in kept)))
    return Png(data)


def _strange_start(kind: bytes) -> str:
    if kind == b"CgBI":
        return "a PNG in a form of Apple's own, which cannot be read here: save it as PNG again"
    return "damaged or cut off: it cannot be decoded"


def _turns(view: memoryview, start: int) -> bool:
    beginning = bytes(view[start : start + 24])
    return beginning.startswith(_ORIENTATION)


def _broken(view: memoryview, pixels: list[tuple[int, int]]) -> str:
    """Inflate all pixels, which checks their own checksum; gives what is wrong with them."""
    stream = zlib.decompressobj()
    try:
        for start, end in pixels:
            part = bytes(view[start:end])
            while part and not stream.eof:
                stream.decompress(part, _STEP)
                part = stream.unconsumed_tail
        while not stream.eof:
            if not stream.decompress(b"", _STEP):
                return CUT
    except zlib.error:
        return CHANGED
    return ""
