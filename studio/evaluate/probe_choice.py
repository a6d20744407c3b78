"""Choice of the layers to freeze, or of a backbone, from linear probes.

A linear probe of intermediate layers says how much of a task a pretrained network has solved at that depth (G. Alain,
Y. Bengio, "Understanding intermediate layers using linear classifier probes", 2016). All probes are judged on the same
photos, so two of them are compared on the photos on which they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.compare.comparison import SIGNIFICANT, mcnemar
from studio.formatting.numbers import count, percent

ENOUGH = 0.85
"""Accuracy of a good result, from which on frozen layers can stay frozen."""

SMALL_SET = 2000
"""Number of training photos below which a set is small: thawed layers of a large network memorize its photos."""


@dataclass(frozen=True)
class Choice:
    """The suggested candidate.

    Attributes:
        place: Its index among the candidates.
        why: The reason, one to three sentences.
    """

    place: int
    why: str


def choose_cut(layers: Sequence[str], right: Sequence[NDArray[np.bool_]]) -> Choice:
    """Choose the layers to freeze.

    All layers stay frozen where the probe after all of them is as good as the best one within noise. Where it is worse,
    or where even the best probe is not good, the first cut is chosen whose probe is as good as the best: the layers
    after it add nothing as they are, so they are the ones to train.

    Args:
        layers: Path of the last frozen layer of each cut, first layers first; the last cut freezes all layers.
        right: For each cut, True for the photos (N,) that the probe classifies correctly.

    Raises:
        ValueError: There are no cuts or no photos.
    """
    shares = _shares(right, len(layers))
    best = int(np.argmax(shares))
    equal = [place for place, row in enumerate(right) if not _differ(right[best], row)]
    end = len(layers) - 1
    if shares[best] < ENOUGH and equal[0] != end:
        first = equal[0]
        return Choice(
            first,
            f"No probe is good: the best, after {layers[best]}, reaches {percent(shares[best])}. The layers after "
            f"{layers[first]} add nothing as they are ({percent(shares[first])} there), so train those.",
        )
    if equal[-1] != end:
        first = equal[0]
        return Choice(
            first,
            f"After {layers[first]} a probe reaches {percent(shares[first])}, after all layers only "
            f"{percent(shares[end])}: the later layers are too specific to what the network was trained for, so "
            "train those.",
        )
    if shares[best] < ENOUGH:
        return Choice(
            end,
            f"The probe is best after all layers, but reaches only {percent(shares[end])}. Start with all layers "
            "frozen, then thaw the last block and compare.",
        )
    beside = "" if best == end else f", within noise of the best ({percent(shares[best])} after {layers[best]})"
    return Choice(
        end,
        f"After all layers the probe reaches {percent(shares[end])}{beside}: freeze them all and train only the head, "
        "which takes the least time.",
    )


def choose_backbone(
    names: Sequence[str], macs: Sequence[float], right: Sequence[NDArray[np.bool_]], photos: int
) -> Choice:
    """Choose a backbone: of those as good as the best within noise, the one with the fewest MACs.

    MACs, not measured times, are compared, so that the choice is the same on every computer.

    Args:
        names: Names of the candidates.
        macs: Multiply-accumulates of each for one photo.
        right: For each candidate, True for the probed photos (N,) that the probe classifies correctly.
        photos: Number of training photos of the data set.

    Raises:
        ValueError: There are no candidates or no photos.
    """
    shares = _shares(right, len(names), len(macs))
    # Of equal shares the smaller network is the best, so that the order of the candidates does not matter.
    best = min(range(len(names)), key=lambda place: (-shares[place], macs[place], names[place]))
    equal = [place for place in range(len(names)) if not _differ(right[best], right[place])]
    chosen = min(equal, key=lambda place: (macs[place], names[place]))
    return Choice(chosen, f"{_reason(names, macs, shares, best, chosen)} {_size_words(photos)}".strip())


def _reason(names: Sequence[str], macs: Sequence[float], shares: Sequence[float], best: int, chosen: int) -> str:
    own = f"A linear probe on {names[chosen]} reaches {percent(shares[chosen])}"
    if len(names) == 1:
        return f"{own}. That is the only backbone whose weights are on this computer."
    if chosen != best:
        return (
            f"{own}, within noise of the best ({names[best]}, {percent(shares[best])}), with {count(macs[chosen])} "
            f"instead of {count(macs[best])} MACs per photo."
        )
    smaller = [place for place in range(len(names)) if macs[place] < macs[chosen]]
    if not smaller:
        return f"{own}, the best of the probes, and is the smallest of the candidates."
    next_best = max(smaller, key=lambda place: shares[place])
    return f"{own}; the best smaller one, {names[next_best]}, reaches only {percent(shares[next_best])}."


def _size_words(photos: int) -> str:
    if photos >= SMALL_SET:
        return ""
    return f"With {photos:,} training photos, a larger network also overfits sooner where its layers are thawed."


def _shares(right: Sequence[NDArray[np.bool_]], *candidates: int) -> list[float]:
    """Share of photos that each probe classifies correctly."""
    if not right or any(number != len(right) for number in candidates) or not len(right[0]):
        raise ValueError("A choice needs a row of photos for each candidate.")
    return [float(np.mean(row)) for row in right]


def _differ(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    """True where two probes differ significantly by McNemar's test."""
    return mcnemar(int((~one & other).sum()), int((one & ~other).sum())) < SIGNIFICANT
