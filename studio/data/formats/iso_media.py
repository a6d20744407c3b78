"""HEIC and AVIF files: recognized by their brands, and by their boxes whether the end is missing."""

from __future__ import annotations

from typing import Literal

AVIF = frozenset((b"avif", b"avis"))
HEIC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
"""Brands of files in ISO base media format (ISO/IEC 14496-12)."""


def brands(data: bytes) -> tuple[bytes, ...]:
    """The major and compatible brands of a file in ISO base media format; () for other files."""
    if data[4:8] != b"ftyp":
        return ()
    size = min(max(int.from_bytes(data[:4], "big"), 16), 256)
    return (data[8:12], *(data[place : place + 4] for place in range(16, size - 3, 4)))


def kind(data: bytes) -> Literal["AVIF", "HEIC", ""]:
    """The kind of photo in a file; "" for videos, raw photos and other files."""
    names = brands(data)
    if b"crx " in names:  # Canon's raw photos
        return ""
    if AVIF.intersection(names):  # before HEIC: the major brand of an AVIF photo may be mif1, which is ambiguous
        return "AVIF"
    return "HEIC" if HEIC.intersection(names) else ""


def is_cut(data: bytes) -> bool:
    """True for a file that ends within one of its boxes."""
    place = 0
    while data[4:8] == b"ftyp" and place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if size == 0:  # up to the end of the file
            return False
        if size < 8 or place + size > len(data):
            return True
        place += size
    return False
