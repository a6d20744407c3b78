"""View of a confusion matrix: shares of rows or columns, the order of the classes, the most confused pairs, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.formatting import numbers, typography
from studio.formatting.language import tr

Shown = Literal["counts", "row", "column"]
"""Content of a cell: the number of photos, or its share of the true class or of the predicted one."""

Order = Literal["name", "confusion", "similarity"]
"""Order of the classes: that of the labels, most errors first, or classes next to those they are confused with."""

PAIRS_PER_CLASS = 20
"""Number of strongest pairs per class that the order by similarity uses: weaker ones change nothing visible."""


@dataclass(frozen=True)
class ConfusedPair:
    """A true class and another one that its photos are predicted as.

    Attributes:
        true: Label of the true class.
        predicted: Label of the predicted class.
        photos: Number of photos.
        share: Their share of the true class.
    """

    true: int
    predicted: int
    photos: int
    share: float


def order_of(counts: NDArray[np.int64], by: Order) -> NDArray[np.intp]:
    """The labels (K,) in the order in which they are shown."""
    if by == "confusion":
        right = np.diagonal(counts)
        errors = counts.sum(axis=0) + counts.sum(axis=1) - 2 * right
        return np.argsort(-errors, kind="stable")
    if by == "similarity":
        return _similar_together(counts)
    return np.arange(len(counts), dtype=np.intp)


def most_confused(counts: NDArray[np.int64], most: int) -> tuple[ConfusedPair, ...]:
    """The pairs with the most photos, at most `most`; equal ones in the order of the labels."""
    number = max(1, len(counts))
    wrong = np.flatnonzero(counts)
    wrong = wrong[wrong // number != wrong % number]
    photos = counts.ravel()[wrong]
    if len(wrong) > most:
        least = np.partition(photos, -most)[-most]
        above, equal = np.flatnonzero(photos > least), np.flatnonzero(photos == least)
        chosen = np.sort(np.concatenate([above, equal[: most - len(above)]]))
        wrong, photos = wrong[chosen], photos[chosen]
    order = np.argsort(-photos, kind="stable")
    rows, columns = np.divmod(wrong[order], number)
    totals = counts.sum(axis=1)[rows]
    return tuple(
        ConfusedPair(true, guess, count, count / total)
        for true, guess, count, total in zip(
            rows.tolist(), columns.tolist(), photos[order].tolist(), totals.tolist(), strict=True
        )
    )


def cell_words(counts: NDArray[np.int64], classes: Sequence[str], true: int, guess: int) -> str:
    """A cell in words: "ants predicted as bees: 3 of 70, 4.3 %"."""
    number, total = int(counts[true, guess]), int(counts[true].sum())
    share = number / max(1, total)
    names = tr("{classes} predicted as {classes2}").format(
        classes=typography.one_line(classes[true]), classes2=typography.one_line(classes[guess])
    )
    return f"{names}: {numbers.exact(number)} of {numbers.exact(total)}, {numbers.percent(share)}"


def sentence(counts: NDArray[np.int64]) -> str:
    """The matrix in one sentence."""
    if not len(counts):
        return tr("No results yet.")
    right, total = int(np.trace(counts)), int(counts.sum())
    return tr("{right} of {total} photos are on the diagonal (correct).").format(
        right=numbers.exact(right), total=numbers.exact(total)
    )


def _similar_together(counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Chains of classes: the strongest pair is joined first, and each class joins at the nearer end of a chain."""
    number = len(counts)
    true, guess = np.divmod(np.flatnonzero(counts), max(1, number))
    true, guess = true[true != guess], guess[true != guess]
    share = counts[true, guess] / counts.sum(axis=1)[true]
    pairs, place = np.unique(np.minimum(true, guess) * number + np.maximum(true, guess), return_inverse=True)
    both = np.bincount(place, share, len(pairs))
    strongest = np.argsort(-both, kind="stable")[: PAIRS_PER_CLASS * number]
    chains = {label: [label] for label in range(number)}
    owner = list(range(number))
    for pair in pairs[strongest].tolist():
        one, other = divmod(pair, number)
        first, second = chains[owner[one]], chains[owner[other]]
        if first is second:
            continue
        if 2 * first.index(one) < len(first) - 1:
            first.reverse()
        if 2 * second.index(other) > len(second) - 1:
            second.reverse()
        keep, drop = owner[one], owner[other]
        for label in second:
            owner[label] = keep
        first += second
        del chains[drop]
        if len(chains) == 1:
            break
    ordered = sorted(chains.values(), key=lambda chain: (-len(chain), min(chain)))
    return np.array([label for chain in ordered for label in chain], np.intp)
