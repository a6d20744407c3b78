"""Tags of a TIFF file's first image that decide how it is read; no pixel is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of a TIFF or BigTIFF file, little and big endian."""

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_DESCRIPTION, _SAMPLES, _MIN_SAMPLE, _MAX_SAMPLE, _PLANAR = 270, 277, 280, 281, 284
_COLORS, _EXTRA, _FORMAT, _S_MIN_SAMPLE, _S_MAX_SAMPLE, _NODATA = 320, 338, 339, 340, 341, 42113
_NEEDED = {_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION, _SAMPLES, _MIN_SAMPLE, _MAX_SAMPLE}
_NEEDED |= {_PLANAR, _COLORS, _EXTRA, _FORMAT, _S_MIN_SAMPLE, _S_MAX_SAMPLE, _NODATA}
_CODES = {1: "B", 2: "s", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q", 17: "q"}
_MAX_BITS = 64
_MAX_LENGTH = 1 << 16
"""Bytes of a tag's value that are read: descriptions can be long."""

GRAY_INVERTED, GRAY, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
"""Values of the tag PhotometricInterpretation."""

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
"""Values of the tag SampleFormat."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Properties of the first image of a file.

    Attributes:
        width: In pixels.
        height: In pixels.
        bits: Bits per sample, one number per band.
        formats: SampleFormat of each band.
        photometric: PhotometricInterpretation; -1 where it is missing.
        compression: Value in the file; 1 for none.
        planar: True where the bands are stored separately.
        extra: Meaning of the bands after the colors: 1 and 2 are alpha, 0 is unspecified.
        min_sample: MinSampleValue, or SMinSampleValue; None where it is missing.
        max_sample: MaxSampleValue, or SMaxSampleValue; None where it is missing.
        no_data: The value of pixels without data (a tag of GDAL); None where it is missing.
        description: Beginning of ImageDescription.
        narrow_palette: True for palette colors of 8 bits, where the format requires 16.
        big_endian_big: True for a BigTIFF with big-endian numbers, which Pillow does not support.
    """

    width: int
    height: int
    bits: tuple[int, ...]
    formats: tuple[int, ...]
    photometric: int
    compression: int
    planar: bool
    extra: tuple[int, ...]
    min_sample: float | None
    max_sample: float | None
    no_data: float | None
    description: str
    narrow_palette: bool
    big_endian_big: bool

    @property
    def bands(self) -> int:
        """Samples per pixel."""
        return len(self.bits)


def read(data: bytes) -> Tags | None:
    """Tags of a TIFF file; None for other files, and for one too damaged to have any."""
    if data[:4] not in MAGICS:
        return None
    try:
        return _tags(data)
    except (struct.error, ValueError, IndexError, OverflowError):
        return None


def _tags(data: bytes) -> Tags:
    order, big = ("<" if data[:2] == b"II" else ">"), data[2:4] in (b"+\0", b"\0+")
    entries = _directory(data, order, big)

    def one(tag: int, default: int) -> int:
        values = entries.get(tag)
        return int(values[0]) if values and not isinstance(values[0], bytes) else default

    bands = one(_SAMPLES, 1)
    if not 1 <= bands <= _MAX_LENGTH:
        raise ValueError(bands)

    def each(tag: int, default: int) -> tuple[int, ...]:
        values = [int(value) for value in entries.get(tag, ()) if not isinstance(value, bytes)] or [default]
        return tuple((values + values[-1:] * bands)[:bands])

    if max(each(_BITS, 1)) > _MAX_BITS:
        raise ValueError("damaged")
    return Tags(
        width=one(_WIDTH, 0),
        height=one(_HEIGHT, 0),
        bits=each(_BITS, 1),
        formats=each(_FORMAT, UNSIGNED),
        photometric=one(_PHOTOMETRIC, -1),
        compression=one(_COMPRESSION, 1),
        planar=one(_PLANAR, 1) == 2 and bands > 1,
        extra=tuple(int(value) for value in entries.get(_EXTRA, ()) if not isinstance(value, bytes)),
        min_sample=_number(entries, _S_MIN_SAMPLE, _MIN_SAMPLE, lowest=True),
        max_sample=_number(entries, _S_MAX_SAMPLE, _MAX_SAMPLE, lowest=False),
        no_data=_no_data(entries),
        description=_text(entries, _DESCRIPTION),
        narrow_palette=0
        < max((int(one) for one in entries.get(_COLORS, ()) if not isinstance(one, bytes)), default=0)
        < 256,
        big_endian_big=order == ">" and big,
    )


def _directory(data: bytes, order: str, big: bool) -> dict[int, tuple[float | bytes, ...]]:
    """The needed entries of the first directory."""
    start = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
    count = struct.unpack_from(order + ("Q" if big else "H"), data, start)[0]
    at, step, inline = start + (8 if big else 2), 20 if big else 12, 8 if big else 4
    entries: dict[int, tuple[float | bytes, ...]] = {}
    for place in range(at, at + step * min(count, 4096), step):
        tag, kind, length = struct.unpack_from(order + ("HHQ" if big else "HHI"), data, place)
        if tag not in _NEEDED or kind not in _CODES or not length:
            continue
        code = _CODES[kind]
        size = struct.calcsize("<" + code)
        length = min(length, _MAX_LENGTH // size)
        where = place + step - inline
        if length * size > inline:
            where = struct.unpack_from(order + ("Q" if big else "I"), data, where)[0]
        form = f"{order}{length}{code}"
        if where + length * size <= len(data):
            entries.setdefault(tag, struct.unpack_from(form, data, where))
    return entries


def _number(entries: dict[int, tuple[float | bytes, ...]], *tags: int, lowest: bool) -> float | None:
    """The extreme over all bands of the first of these tags that is present."""
    for tag in tags:
        values = [float(value) for value in entries.get(tag, ()) if not isinstance(value, bytes)]
        if values:
            return min(values) if lowest else max(values)
    return None


def _text(entries: dict[int, tuple[float | bytes, ...]], tag: int) -> str:
    text = entries.get(tag, (b"",))[0]
    return text.decode("latin-1").split("\0")[0] if isinstance(text, bytes) else ""


def _no_data(entries: dict[int, tuple[float | bytes, ...]]) -> float | None:
    try:
        return float(_text(entries, _NODATA))
    except ValueError:
        return None
