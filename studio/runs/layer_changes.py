"""Summary of the layer changes of a run, for the layer table, the Head page and the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from studio.events import AdapterChange, LayerChange


@dataclass(frozen=True)
class ChangeSummary:
    """Summary of the changes of layers.

    Attributes:
        layers: Number of layers that have parameters or statistics.
        unchanged: Number of those whose hash is the same as before the run.
        largest: The largest change; None if no layer changed.
        broken: Frozen layers that changed, except BatchNorm layers whose statistics may be updated.
    """

    layers: int
    unchanged: int
    largest: LayerChange | None
    broken: tuple[str, ...] = ()


def summarize(changes: Iterable[LayerChange], statistics_follow: bool = False) -> ChangeSummary:
    """Summarize the changes of leaves.

    Args:
        changes: The change of each leaf.
        statistics_follow: True if the freeze plan updates the statistics of frozen BatchNorm layers.
    """
    everything = list(changes)
    moved = [change for change in everything if not change.unchanged]
    broken = tuple(change.path for change in moved if is_broken(change, statistics_follow))
    return ChangeSummary(len(everything), len(everything) - len(moved), max(moved, key=_distance, default=None), broken)


def is_broken(change: LayerChange, statistics_follow: bool) -> bool:
    """True if a frozen layer changed that must not have changed."""
    # If the plan updates statistics, frozen BatchNorm layers may change; the size of their change is known.
    return change.frozen and not change.unchanged and not (statistics_follow and change.by is not None)


def sentence(proof: ChangeSummary, adapters: Sequence[AdapterChange] = (), worded: Callable[[str], str] = str) -> str:
    """“207 of 213 layers unchanged (hash equal), largest change blocks.6.conv 2.1e-03”; "" without layers.

    Args:
        proof: Summary of the changes of the layers themselves.
        adapters: Changes by adapters (LoRA), which are added to the sentence.
        worded: Translates a text of it, for the window.
    """
    return "; ".join(filter(None, (_own_sentence(proof, worded), adapter_words(adapters, worded))))


def _own_sentence(proof: ChangeSummary, worded: Callable[[str], str]) -> str:
    if not proof.layers:
        return ""
    if proof.unchanged:
        words = worded("{unchanged} of {layers} layers unchanged (hash equal)")
    else:
        words = worded("all {layers} layers changed") if proof.layers > 1 else worded("the layer changed")
    words = words.format(unchanged=proof.unchanged, layers=proof.layers)
    if proof.broken:
        return f"{words}; {worded('frozen, but changed: {names}').format(names=first_names(proof.broken))}"
    if proof.largest is None:
        return words
    largest = worded("largest change {layer} {distance}")
    return f"{words}, {largest.format(layer=proof.largest.path, distance=distance(proof.largest))}".rstrip()


def adapter_words(adapters: Sequence[AdapterChange], worded: Callable[[str], str] = str) -> str:
    """“adapters (LoRA) on 48 frozen layers, largest change blocks.3.attn.qkv 1.2e-02”; "" without adapters."""
    if not adapters:
        return ""
    largest = max(adapters, key=_by)
    words = worded("adapters (LoRA) on {layers} frozen layers, largest change {layer} {distance}")
    if len(adapters) == 1:
        words = worded("adapters (LoRA) on {layers} frozen layer, largest change {layer} {distance}")
    return words.format(layers=len(adapters), layer=largest.path, distance=f"{largest.by:.1e}")


def distance(change: LayerChange) -> str:
    """Size of a change as text: "1.3e-04"; "" if it is unknown."""
    return f"{change.by:.1e}" if change.by is not None else ""


def first_names(names: Sequence[str], most: int = 3) -> str:
    """The first names and the number of the others: “a, b, c and 2 more”."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _by(change: AdapterChange) -> float:
    return change.by


def _distance(change: LayerChange) -> float:
    return change.by if change.by is not None else float("inf")
