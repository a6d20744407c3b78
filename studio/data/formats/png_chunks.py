"""Reduction of a PNG to the chunks that the image needs, with a check of their checksums.

Pillow refuses an intact image because of a large text or color profile, or because of a wrong checksum of an unneeded
chunk, and never verifies the checksums of the pixels. So this module reads the chunks first: those that the image needs
must be undamaged, the others are dropped.
"""

from __future__ import annotations

import contextlib
import re
import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from studio.data.formats import color_modes

SIGNATURE = b"\x89PNG\r\n\x1a\n"

CHANGED = "damaged: its content has changed since it was written (PNG checksum)"
CUT = "cut off: the file ends early"

_NEEDED = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT"))
_USEFUL = frozenset((b"IEND", b"eXIf", b"sBIT"))
TEXTS = frozenset((b"iTXt", b"zTXt", b"tEXt"))
_EXIF = b"Exif\0\0"
_XMP = b"XML:com.adobe.xmp\0"
_ORIENTATION = (_XMP, b"Raw profile type exif\0", b"Raw profile type APP1\0")
"""Keywords of texts that may contain the orientation."""

_MAX_TEXT = 1 << 16
"""Largest uncompressed size of such a text that is passed on: Pillow refuses a file whose texts are too large."""

_MAX_TEXTS = 16
"""Largest number of such texts that are read."""

_MAX_UNPACKED = 1 << 24
"""Part of such a text, uncompressed, that is searched for the orientation."""

_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Png:
    """A reduced file.

    Attributes:
        data: The file for Pillow; the same object where nothing was dropped.
        wrong: Reason why the image cannot be trusted; "" where it can.
    """

    data: bytes
    wrong: str = ""


def reduced(data: bytes) -> Png:
    """Reduce a file that begins with `SIGNATURE`."""
    view = memoryview(data)
    chunks: list[tuple[int, int] | bytes] = []
    pixel_parts: list[tuple[int, int]] = []
    texts = 0
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
        if end > len(data):  # the last chunk may be cut off where all pixels are present
            doubtful = True
            if kind == b"IDAT":
                pixel_parts.append((place + 8, len(data)))
                chunks.append((place, len(data)))
            break
        checksum = int.from_bytes(view[end - 4 : end], "big")
        right = zlib.crc32(view[place + 4 : end - 4]) == checksum
        if kind in _NEEDED:
            # A few programs write 0 as a checksum; then the one inside the pixel data decides. It is not used alone,
            # because it is weak: changes in four neighboring pixels may not affect it.
            if not right and (checksum or kind != b"IDAT"):
                return Png(data, CHANGED)
            if kind == b"IDAT":
                doubtful |= not right
                pixel_parts.append((place + 8, end - 4))
            chunks.append((place, end))
        elif kind in TEXTS and right and texts < _MAX_TEXTS and _turns(view, place + 8):
            texts += 1
            small = _with_orientation(kind, bytes(view[place + 8 : end - 4]))
            chunks.append((place, end) if small is None else small)
            dropped |= small is not None
        elif kind in _USEFUL:
            if right:
                chunks.append((place, end))
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
    if not pixel_parts:
        return Png(data, CUT if not ended else CHANGED)
    if doubtful or not ended:
        wrong = _broken(view, pixel_parts)
        if wrong:
            return Png(data, wrong)
    if dropped:
        pieces = (one if isinstance(one, bytes) else view[one[0] : one[1]] for one in chunks)
        data = b"".join((SIGNATURE, *pieces))
    return Png(data)


def _strange_start(kind: bytes) -> str:
    if kind == b"CgBI":
        return "a PNG in a form of Apple's own, which cannot be read here: save it as PNG again"
    return "damaged or cut off: it cannot be decoded"


def _turns(view: memoryview, start: int) -> bool:
    beginning = bytes(view[start : start + 24])
    return beginning.startswith(_ORIENTATION)


def _with_orientation(kind: bytes, body: bytes) -> bytes | None:
    """Replacement of a large text: a chunk with only its orientation, or b"" without one; None for a small text."""
    text = _unpacked(kind, body)
    if text is not None and len(text) <= _MAX_TEXT and len(body) <= _MAX_TEXT:
        return None
    orientation = text_orientation(kind, body)
    if orientation == 1:
        return b""
    chunk = b'iTXt%s\0\0\0\0tiff:Orientation="%d"' % (_XMP, orientation)
    return struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))


def text_orientation(kind: bytes, body: bytes) -> int:
    """The EXIF orientation 1…8 in a text chunk; 1 where there is none."""
    text = (_unpacked(kind, body) or b"") if body.startswith(_ORIENTATION) else b""
    if body.startswith(_XMP):
        match = re.search(rb'tiff:Orientation(?:="|>)([1-8])', text)
        return int(match[1]) if match else 1
    with contextlib.suppress(ValueError):  # a profile has three lines, the last one its length, and hex digits
        return exif_orientation(bytes.fromhex(b"".join(text.split(b"\n")[3:]).decode("ascii")))
    return 1


def exif_orientation(body: bytes) -> int:
    """The orientation 1…8 in an EXIF block, with its mark or without; 1 where there is none."""
    exif = Image.Exif()
    try:
        exif.load(body if body.startswith(_EXIF) else _EXIF + body)
    except Exception:  # damaged metadata is no reason to refuse the photo
        return 1
    return color_modes.orientation_of(exif)


def _unpacked(kind: bytes, body: bytes) -> bytes | None:
    """A text, decompressed as far as it is searched; None where it cannot be decompressed."""
    rest = body[body.index(b"\0") + 1 :]
    if kind == b"tEXt" or (kind == b"iTXt" and rest[:1] != b"\1"):
        return rest
    rest = rest[2:].split(b"\0", 2)[-1] if kind == b"iTXt" else rest[1:]
    try:
        return zlib.decompressobj().decompress(rest, _MAX_UNPACKED)
    except zlib.error:
        return None


def _broken(view: memoryview, pixel_parts: list[tuple[int, int]]) -> str:
    """Decompress all pixel data, which verifies their inner checksum; returns the error, or ""."""
    stream = zlib.decompressobj()
    try:
        for start, end in pixel_parts:
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
