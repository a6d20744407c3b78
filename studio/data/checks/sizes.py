"""Checks of the size and shape of photos."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studio.data.checks.evidence import Evidence, Hit
from studio.data.images import framing
from studio.formatting.numbers import plain_percent
from studio.spec import PreprocessSpec

MIN_SIDE = 64
"""Shorter side in pixels below which a photo is too small: enlarged to the usual 224 pixels it is a blur."""

MAX_ASPECT = 3.0
"""Longer side divided by the shorter one from which a center crop leaves at most a third of the photo."""


def too_small(evidence: Evidence) -> Iterator[Hit]:
    """Photos far smaller than a network's input, smallest first."""
    sizes = {path: (facts.width, facts.height) for path, facts in evidence.facts.items()}
    for path in sorted((path for path in sizes if min(sizes[path]) < MIN_SIDE), key=lambda path: min(sizes[path])):
        width, height = sizes[path]
        yield Hit(path, f"{width} × {height} pixels")


def extreme_aspect(evidence: Evidence) -> Iterator[Hit]:
    """Photos of which a center crop keeps only a part, smallest part first."""
    aspects = {path: facts.aspect for path, facts in evidence.facts.items() if facts.aspect >= MAX_ASPECT}
    for path in sorted(aspects, key=lambda path: -aspects[path]):
        facts = evidence.facts[path]
        share = cut_away(facts.width, facts.height)
        yield Hit(path, f"{facts.width:,} × {facts.height:,} pixels: a center crop cuts away {plain_percent(share, 0)}")


def cut_away(width: int, height: int) -> float:
    """Share of a photo that the usual center crop cuts away (224 of 256 pixels of the shorter side), 0 to 1."""
    return float(framing.fit(np.array([(width, height)]), PreprocessSpec()).cut[0])
