"""Checks of pictures without a subject: blank ones, and placeholders such as “image not available”."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from studio.data.checks.evidence import Evidence, Hit
from studio.data.images.facts import PhotoFacts
from studio.events import Photo

MAX_SPREAD = 8
"""Largest difference of levels, of 255, in a photo that counts as blank."""

MIN_COPIES, MIN_COPIES_ACROSS = 4, 3
"""A file that occurs so many times, in one class or across classes, is a placeholder."""

MIN_FLAT, MAX_COLORS = 0.5, 40
"""A picture looks like a graphic if this share of it has one color and it has at most so many of 4,096 colors."""

MAX_GRAPHICS = 0.25
"""Largest share of graphics among photos; in a set with more of them they are its subject."""


def blank(evidence: Evidence) -> Iterator[Hit]:
    """Photos of nearly one color, as from a covered lens."""
    for path, facts in evidence.facts.items():
        if is_blank(facts):
            yield Hit(path, f"its levels differ by {facts.spread} of 255")


def is_blank(facts: PhotoFacts) -> bool:
    """True for a photo of nearly one color."""
    return facts.spread <= MAX_SPREAD


def placeholder(evidence: Evidence) -> Iterator[Hit]:
    """Pictures that stand for a missing photo.

    That is a file that occurs four times or more, or three times or more in several classes; and, in a set of photos, a
    graphic of a few colors on a background of one.
    """
    groups: defaultdict[bytes, list[Photo]] = defaultdict(list)
    for photo in evidence.dataset.photos:
        facts = evidence.facts.get(photo.path)
        if facts is not None and not is_blank(facts):
            groups[facts.digest].append(photo)
    graphics = {path for path, facts in evidence.facts.items() if is_graphic(facts)}
    graphics = graphics if len(graphics) <= MAX_GRAPHICS * len(evidence.facts) else set()
    for group in groups.values():
        classes = len({photo.label for photo in group})
        repeated = len(group) >= (MIN_COPIES if classes == 1 else MIN_COPIES_ACROSS)
        if not repeated and group[0].path not in graphics:
            continue
        words = f"the same file {len(group)} times" if len(group) > 1 else "a graphic of a few colors"
        words += f" in {classes} classes" if classes > 1 else ""
        yield from (Hit(photo.path, words) for photo in group)


def is_graphic(facts: PhotoFacts) -> bool:
    """True for a picture of a few colors, on a background of one, that is not blank."""
    return facts.flat >= MIN_FLAT and facts.colors <= MAX_COLORS and not is_blank(facts)
