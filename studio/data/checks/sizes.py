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
    facts = evidence.facts
    small = np.minimum(facts.column("width"), facts.column("height")) < MIN_SIDE
    for path, one in sorted(facts.where(small), key=lambda row: min(row[1].width, row[1].height)):
        yield Hit(path, f"{one.width} × {one.height} pixels")


def extreme_aspect(evidence: Evidence) -> Iterator[Hit]:
    """Photos of which a center crop keeps only a part, smallest part first."""
    width, height = evidence.facts.column("width"), evidence.facts.column("height")
    extreme = np.maximum(width, height) / np.maximum(1, np.minimum(width, height)) >= MAX_ASPECT
    for path, one in sorted(evidence.facts.where(extreme), key=lambda row: -row[1].aspect):
        share = cut_away(one.width, one.height)
        yield Hit(path, f"{one.width:,} × {one.height:,} pixels: a center crop cuts away {plain_percent(share, 0)}")


def cut_away(width: int, height: int) -> float:
    """Share of a photo that the usual center crop cuts away (224 of 256 pixels of the shorter side), 0 to 1."""
    return float(framing.fit(np.array([(width, height)]), PreprocessSpec()).cut[0])
