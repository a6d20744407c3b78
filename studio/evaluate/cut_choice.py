"""Choice of the layers to freeze from probes of a network's outputs at several depths.

A linear probe of intermediate layers says how much of a task a pretrained network has solved at that depth (G. Alain,
Y. Bengio, "Understanding intermediate layers using linear classifier probes", 2016). All probes are judged on the same
photos, so two are compared by the photos on which they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.compare.comparison import mcnemar
from studio.formatting.numbers import percent

NOISE = 0.05
"""Two probes differ where McNemar's test gives a smaller p-value."""

ENOUGH = 0.85
"""Accuracy from which frozen layers are left as they are: that of a good result."""


@dataclass(frozen=True)
class CutChoice:
    """The suggested cut.

    Attributes:
        place: Its index among the cuts.
        why: The reason, one or two sentences.
    """

    place: int
    why: str


def choose(layers: Sequence[str], right: Sequence[NDArray[np.bool_]]) -> CutChoice:
    """Choose a cut.

    All layers stay frozen where the probe behind them is as good as the best one within noise. Where it is worse, or
    where even the best probe is not good, the first cut is chosen whose probe is as good as the best: the layers
    behind it add nothing as they are, so that they are the ones to train.

    Args:
        layers: Path of the last frozen layer of each cut, first layers first; all layers are frozen at the last.
        right: Of each cut, for every photo (N,): whether the probe classifies it correctly.

    Raises:
        ValueError: There are no cuts or no photos.
    """
    if not layers or len(layers) != len(right) or not len(right[0]):
        raise ValueError("A choice needs a row of photos for each cut.")
    shares = [float(np.mean(row)) for row in right]
    best = int(np.argmax(shares))
    equal = [place for place, row in enumerate(right) if not _differ(right[best], row)]
    end = len(layers) - 1
    if shares[best] < ENOUGH and equal[0] != end:
        first = equal[0]
        return CutChoice(
            first,
            f"No probe is good: the best, behind {layers[best]}, has {percent(shares[best])}. The layers behind "
            f"{layers[first]} add nothing to it as they are ({percent(shares[first])} there), so train those.",
        )
    if equal[-1] != end:
        first = equal[0]
        return CutChoice(
            first,
            f"Behind {layers[first]} a probe has {percent(shares[first])}, behind all layers only "
            f"{percent(shares[end])}: the layers behind it are too specific to what the network was trained for, so "
            "train those.",
        )
    if shares[best] < ENOUGH:
        return CutChoice(
            end,
            f"The probe is best behind all layers, but has only {percent(shares[end])}. Start with all layers frozen, "
            "then thaw the last block and compare.",
        )
    beside = "" if best == end else f", within noise of the best ({percent(shares[best])} behind {layers[best]})"
    return CutChoice(
        end,
        f"Behind all layers the probe has {percent(shares[end])}{beside}: freeze them all and train only the head, "
        "which takes the least time.",
    )


def _differ(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    return mcnemar(int((~one & other).sum()), int((one & ~other).sum())) < NOISE
