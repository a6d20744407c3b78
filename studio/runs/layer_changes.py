"""Sums over the layer changes of a run, and their words, for the layer table, the Head page and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.events import LayerChange


@dataclass(frozen=True)
class ChangeSummary:
    """Sums over some layers of a run.

    Attributes:
        layers: Number of layers that have parameters or statistics.
        unchanged: Number of those whose hash is what it was.
        largest: The largest change; None where no layer changed.
        broken: Frozen layers that changed, except BatchNorm layers whose statistics may be updated.
    """

    layers: int
    unchanged: int
    largest: LayerChange | None
    broken: tuple[str, ...] = ()


def summed(changes: Iterable[LayerChange], statistics_follow: bool = False) -> ChangeSummary:
    """Sum up the changes of leaves.

    Args:
        changes: One a leaf.
        statistics_follow: True where the plan updates the statistics of frozen BatchNorm layers.
    """
    everything = list(changes)
    moved = [change for change in everything if not change.unchanged]
    broken = tuple(change.path for change in moved if is_broken(change, statistics_follow))
    return ChangeSummary(len(everything), len(everything) - len(moved), max(moved, key=_distance, default=None), broken)


def is_broken(change: LayerChange, statistics_follow: bool) -> bool:
    """True for a frozen layer that changed although nothing may change it."""
    # Where statistics are updated, only BatchNorm layers have them; of any other layer the distance is not known.
    return change.frozen and not change.unchanged and not (statistics_follow and change.by is not None)


def sentence(proof: ChangeSummary) -> str:
    """“207 of 213 layers unchanged (hash equal), largest change blocks.6.conv 2.1e-03”; "" where none is known."""
    if not proof.layers:
        return ""
    words = f"{proof.unchanged} of {proof.layers} layers unchanged (hash equal)"
    if proof.broken:
        return f"{words}; frozen, but moved: {listed(proof.broken)}"
    if proof.largest is None:
        return words
    return f"{words}, largest change {proof.largest.path} {distance(proof.largest)}".rstrip()


def distance(change: LayerChange) -> str:
    """Size of a change: "1.3e-04"; "" where it is not known."""
    return f"{change.by:.1e}" if change.by is not None else ""


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first names and the number of the others: “a, b, c and 2 more”."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _distance(change: LayerChange) -> float:
    return change.by if change.by is not None else float("inf")
