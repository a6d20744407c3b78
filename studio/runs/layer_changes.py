"""What a run did to the layers, summed up: which are unchanged, how far the others moved, which broke the plan.

The layer table, the Head page and the terminal say the same because they ask here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.events import LayerChange


@dataclass(frozen=True)
class ChangeSummary:
    """Sums over some layers of a run.

    Attributes:
        layers: How many have parameters or statistics.
        unchanged: How many of them have the hash they began with.
        largest: The one that moved furthest; None where none moved.
        broken: Frozen layers that moved all the same, BatchNorm statistics that may follow the photos left out.
    """

    layers: int
    unchanged: int
    largest: LayerChange | None
    broken: tuple[str, ...] = ()


def summed(changes: Iterable[LayerChange], statistics_follow: bool = False) -> ChangeSummary:
    """Sum up changes.

    Args:
        changes: Of leaves.
        statistics_follow: True where the plan lets the statistics of frozen BatchNorm layers follow the photos.
    """
    everything = list(changes)
    moved = [change for change in everything if not change.unchanged]
    broken = tuple(change.path for change in moved if is_broken(change, statistics_follow))
    return ChangeSummary(len(everything), len(everything) - len(moved), max(moved, key=_distance, default=None), broken)


def is_broken(change: LayerChange, statistics_follow: bool) -> bool:
    """True for a layer that moved and should have stood still.

    Where statistics follow the photos, only those of BatchNorm do; of any other layer it is not known how far it moved.
    """
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
    """How far a layer moved: "1.3e-04"; "" where that is not known."""
    return f"{change.by:.1e}" if change.by is not None else ""


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _distance(change: LayerChange) -> float:
    return change.by if change.by is not None else float("inf")
