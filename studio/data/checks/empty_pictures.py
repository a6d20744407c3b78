"""Checks of pictures without a subject: blank ones, and placeholders such as “image not available”."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from studio.data.checks.evidence import Evidence, Hit
from studio.data.images.facts_table import FactsTable

MAX_SPREAD = 8
"""Largest difference of levels, of 255, in a photo that counts as blank."""

MIN_COPIES, MIN_COPIES_ACROSS = 4, 3
"""Number of copies from which a file is a placeholder: within one class, and across classes."""

MIN_FLAT, MAX_COLORS = 0.5, 40
"""A picture looks like a graphic if at least this share of it has one color and it has at most this many colors."""

MAX_GRAPHICS = 0.25
"""Largest share of graphics among photos; in a set with more of them they are its subject."""


def blank(evidence: Evidence) -> Iterator[Hit]:
    """Photos of nearly one color, as from a covered lens."""
    for path, facts in evidence.facts.where(are_blank(evidence.facts)):
        yield Hit(path, f"its levels differ by {facts.spread} of 255")


def are_blank(facts: FactsTable) -> NDArray[np.bool_]:
    """(N,) bool, True for the photos of nearly one color."""
    blank: NDArray[np.bool_] = facts.column("spread") <= MAX_SPREAD
    return blank


def placeholder(evidence: Evidence) -> Iterator[Hit]:
    """Pictures that stand for a missing photo.

    That is a file that occurs four times or more, or three times or more in several classes; and, in a set of photos, a
    graphic of a few colors on a plain background.
    """
    facts, photos = evidence.facts, evidence.dataset.photos
    graphics = are_graphics(facts)
    graphics = graphics if np.count_nonzero(graphics) <= MAX_GRAPHICS * len(facts) else np.zeros_like(graphics)
    pictured = ~are_blank(facts)
    copies = [rows for rows in facts.copies() if pictured[rows[0]]]
    alone = graphics.copy()
    alone[[row for rows in copies for row in rows]] = False
    for rows in sorted([*copies, *([row] for row in np.flatnonzero(alone).tolist())]):
        group = [facts.paths[row] for row in rows]
        classes = len({photos[evidence.dataset.index_of(path)].label for path in group})
        repeated = len(group) >= (MIN_COPIES if classes == 1 else MIN_COPIES_ACROSS)
        if not repeated and not graphics[rows[0]]:
            continue
        words = f"the same file {len(group)} times" if len(group) > 1 else "a graphic of a few colors"
        words += f" in {classes} classes" if classes > 1 else ""
        yield from (Hit(path, words) for path in group)


def are_graphics(facts: FactsTable) -> NDArray[np.bool_]:
    """(N,) bool, True for pictures of a few colors on a plain background that are not blank."""
    few_colors = (facts.column("flat") >= MIN_FLAT) & (facts.column("colors") <= MAX_COLORS)
    graphics: NDArray[np.bool_] = few_colors & ~are_blank(facts)
    return graphics
