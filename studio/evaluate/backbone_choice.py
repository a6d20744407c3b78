"""Choice among backbones from linear probes of their features.

All probes are judged on the same photos, so two are compared by the photos on which they differ. Of those that are as
good as the best within noise, the one with the fewest operations is chosen, which does not depend on measured times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.compare.comparison import mcnemar
from studio.evaluate.cut_choice import NOISE
from studio.formatting.numbers import count, percent

SMALL_SET = 2000
"""Training photos below which a set is small: thawed layers of a large network fit its photos by heart."""


@dataclass(frozen=True)
class BackboneChoice:
    """The suggested backbone.

    Attributes:
        place: Its index among the candidates.
        why: The reason, one to three sentences.
    """

    place: int
    why: str


def choose(
    names: Sequence[str], macs: Sequence[float], right: Sequence[NDArray[np.bool_]], photos: int
) -> BackboneChoice:
    """Choose a backbone.

    Args:
        names: Names of the candidates.
        macs: Multiply-accumulates of each for one photo.
        right: Of each, for every probed photo (N,): whether the probe classifies it correctly.
        photos: Number of training photos of the data set.

    Raises:
        ValueError: There are no candidates or no photos.
    """
    if not names or not len(names) == len(macs) == len(right) or not len(right[0]):
        raise ValueError("A choice needs a row of photos for each backbone.")
    shares = [float(np.mean(row)) for row in right]
    # The smaller one of equal shares is the best, so that the order of the candidates does not matter.
    best = min(range(len(names)), key=lambda place: (-shares[place], macs[place], names[place]))
    equal = [place for place in range(len(names)) if not _differ(right[best], right[place])]
    chosen = min(equal, key=lambda place: (macs[place], names[place]))
    return BackboneChoice(chosen, f"{_reason(names, macs, shares, best, chosen)} {_size_words(photos)}".strip())


def _reason(names: Sequence[str], macs: Sequence[float], shares: Sequence[float], best: int, chosen: int) -> str:
    own = f"A linear probe on {names[chosen]} has {percent(shares[chosen])}"
    if len(names) == 1:
        return f"{own}. That is the only backbone whose weights are on this computer."
    if chosen != best:
        return (
            f"{own}, within noise of the best ({names[best]}, {percent(shares[best])}), with {count(macs[chosen])} "
            f"instead of {count(macs[best])} operations per photo."
        )
    smaller = [place for place in range(len(names)) if macs[place] < macs[chosen]]
    if not smaller:
        return f"{own}, the best of the probes, and is the smallest of the candidates."
    next_best = max(smaller, key=lambda place: shares[place])
    return f"{own}; the best smaller one, {names[next_best]}, has only {percent(shares[next_best])}."


def _size_words(photos: int) -> str:
    if photos >= SMALL_SET:
        return ""
    return f"With {photos:,} training photos, a larger network also overfits sooner where its layers are thawed."


def _differ(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    return mcnemar(int((~one & other).sum()), int((one & ~other).sum())) < NOISE
