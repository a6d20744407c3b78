"""Checks of how photos are stored: names, orientation, colors, and several images in one file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from studio.data.checks import unreadable_files
from studio.data.checks.evidence import Evidence, Find, Hit
from studio.data.folder import ignored_files

FORMATS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), ("JPEG",)),
    ".png": ("PNG",),
    ".bmp": ("BMP",),
    ".gif": ("GIF",),
    **dict.fromkeys((".tif", ".tiff"), ("TIFF",)),
    ".webp": ("WebP",),
    ".heic": ("HEIC",),
    ".heif": ("HEIC", "AVIF"),  # a container for both
    ".avif": ("AVIF",),
}
"""Formats of files by suffix."""

_TURNS = {
    2: "stored mirrored",
    3: "stored upside down",
    4: "stored mirrored, upside down",
    5: "stored mirrored, on its side",
    6: "stored on its left side",
    7: "stored mirrored, on its side",
    8: "stored on its right side",
}


def wrong_extension(evidence: Evidence) -> Iterator[Hit]:
    """Pictures of another format than their name says, readable or not."""
    for path, reason in evidence.unreadable.items():
        if unreadable_files.kind_of(reason) == "wrong_extension":
            yield Hit(path, reason)
    for path, kind in zip(evidence.facts.paths, evidence.facts.texts("format"), strict=True):
        ending = ignored_files.suffix(path.rpartition("/")[2])
        if kind not in FORMATS.get(ending, (kind,)):
            yield Hit(path, f"{_article(kind)} {kind} file; it is used")


def exif_rotated(evidence: Evidence) -> Iterator[Hit]:
    """Photos that are stored rotated or mirrored, with an EXIF tag that says so."""
    turns: dict[int, str] = {}  # the same text object for all photos of one orientation
    for path, facts in evidence.facts.where(evidence.facts.column("orientation") != 1):
        turn = facts.orientation
        yield Hit(path, turns.setdefault(turn, f"{_TURNS[turn]} (orientation {turn})"))


def animated(evidence: Evidence) -> Iterator[Hit]:
    """Files of several frames."""
    return _several(evidence, evidence.facts.is_text("unit", "frames"))


def multi_page(evidence: Evidence) -> Iterator[Hit]:
    """Files of several pages or pictures."""
    return _several(evidence, ~evidence.facts.is_text("unit", "frames"))


def _several(evidence: Evidence, units: NDArray[np.bool_]) -> Iterator[Hit]:
    for path, facts in evidence.facts.where(units & (evidence.facts.column("images") > 1)):
        yield Hit(path, f"first of {facts.images:,} {facts.unit} used")


def _having(flag: str) -> Find:
    """A check that applies to each photo with a flag of `PhotoFacts`."""

    def find(evidence: Evidence) -> Iterator[Hit]:
        for path, _ in evidence.facts.where(evidence.facts.column(flag)):
            yield Hit(path)

    return find


high_bit_depth, cmyk, palette, alpha = map(_having, ("deep", "cmyk", "palette", "alpha"))


def _article(name: str) -> str:
    return "an" if name == "AVIF" else "a"
