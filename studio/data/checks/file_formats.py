"""Checks of how photos are stored: names, orientation, colors, and several images in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from studio.data.checks import unreadable_files
from studio.data.checks.evidence import Evidence, Find, Hit
from studio.data.folder import ignored_files
from studio.data.images.facts import PhotoFacts

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
    for path, facts in evidence.facts.items():
        ending = ignored_files.suffix(path.rpartition("/")[2])
        if facts.format not in FORMATS.get(ending, (facts.format,)):
            yield Hit(path, f"{_article(facts.format)} {facts.format} file; it is used")


def exif_rotated(evidence: Evidence) -> Iterator[Hit]:
    """Photos that are stored turned or mirrored, with an EXIF tag that says so."""
    for path, facts in evidence.facts.items():
        if facts.orientation != 1:
            yield Hit(path, f"{_TURNS[facts.orientation]} (orientation {facts.orientation})")


def _having(present: Callable[[PhotoFacts], bool], detail: Callable[[PhotoFacts], str] | None = None) -> Find:
    """A check that applies to each photo with a property."""

    def find(evidence: Evidence) -> Iterator[Hit]:
        for path, facts in evidence.facts.items():
            if present(facts):
                yield Hit(path, detail(facts) if detail else "")

    return find


def _is_deep(facts: PhotoFacts) -> bool:
    return facts.deep


def _is_cmyk(facts: PhotoFacts) -> bool:
    return facts.cmyk


def _has_palette(facts: PhotoFacts) -> bool:
    return facts.palette


def _has_alpha(facts: PhotoFacts) -> bool:
    return facts.alpha


def _is_animated(facts: PhotoFacts) -> bool:
    return facts.images > 1 and facts.unit == "frames"


def _has_pages(facts: PhotoFacts) -> bool:
    return facts.images > 1 and facts.unit != "frames"


def _number(facts: PhotoFacts) -> str:
    return f"first of {facts.images:,} {facts.unit} used"


high_bit_depth = _having(_is_deep)
cmyk = _having(_is_cmyk)
palette = _having(_has_palette)
alpha = _having(_has_alpha)
animated = _having(_is_animated, _number)
multi_page = _having(_has_pages, _number)


def _article(name: str) -> str:
    return "an" if name == "AVIF" else "a"
