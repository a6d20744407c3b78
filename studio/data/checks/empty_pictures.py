"""Checks of photos without a subject."""

from __future__ import annotations

from collections.abc import Iterator

from studio.data.checks.evidence import Evidence, Hit
from studio.data.images.facts import PhotoFacts

MAX_SPREAD = 8
"""Largest difference of levels, of 255, in a photo that counts as blank."""


def blank(evidence: Evidence) -> Iterator[Hit]:
    """Photos of nearly one color, as from a covered lens."""
    for path, facts in evidence.facts.items():
        if is_blank(facts):
            yield Hit(path, f"its levels differ by {facts.spread} of 255")


def is_blank(facts: PhotoFacts) -> bool:
    """True for a photo of nearly one color."""
    return facts.spread <= MAX_SPREAD
