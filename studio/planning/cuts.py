"""Where a network can be split, so that its frozen beginning is computed once for each photo."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.events import Layer, LayerTable
from studio.planning.freezing import covers, frozen_leaves, with_parents
from studio.spec import FreezePlan

BIGGEST_ROW = 4_000_000
"""Bytes that what is kept for one photo may have. Early layers give more numbers than the photo has; past this size it
is cheaper to compute them again."""


def is_all_frozen(plan: FreezePlan, table: LayerTable) -> bool:
    """True where nothing of the backbone moves, so features can be computed once.

    A thawed activation or pooling changes nothing; what has parameters, drops at random or keeps statistics does.
    """
    still = still_leaves(plan, table.layers)
    return not any(layer.leaf and layer.path not in still and can_move(layer) for layer in table.layers)


def still_leaves(plan: FreezePlan, layers: Sequence[Layer]) -> frozenset[str]:
    """Frozen leaves that give the same for the same photo all through a run.

    All of them, or all but the BatchNorm layers where the plan lets their statistics follow the new photos.
    """
    frozen = frozen_leaves(plan, layers)
    if plan.batch_norm != "update":
        return frozen
    return frozen - {layer.path for layer in layers if "BatchNorm" in layer.type}


@dataclass(frozen=True)
class Cut:
    """Where a network is split: what lies before is computed once for each photo.

    Attributes:
        layer: Path of the layer whose output is kept.
        shape: Shape of what is kept for one photo, as float32.
    """

    layer: str
    shape: tuple[int, ...]

    @property
    def row_bytes(self) -> int:
        """Bytes kept for one photo."""
        return 4 * math.prod(self.shape)


def cuts(table: LayerTable, frozen: frozenset[str], limit: int = BIGGEST_ROW) -> Iterator[Cut]:
    """Places to split at, the best first: the last layer before anything moves that nothing goes round, then earlier.

    Args:
        table: The network's layers.
        frozen: Leaves that stand still.
        limit: Bytes that what is kept for one photo may have.
    """
    for layer in reversed(_frozen_beginning(table, frozen)):
        if layer.row is not None and (cut := Cut(layer.path, layer.row)).row_bytes <= limit:
            yield cut


def ideal_cut(table: LayerTable, frozen: frozenset[str]) -> str | None:
    """The last frozen layer that has run before anything moves, whether the network can be split there or not.

    None where there is no frozen beginning, or nothing moves at all.
    """
    for layer in reversed(_frozen_beginning(table, frozen)):
        # A thawed pooling stands still, too; it counts only where the cut may be there.
        if layer.row is not None or any(covers(layer.path, path) for path in frozen):
            return layer.path
    return None


def can_move(layer: Layer) -> bool:
    """True for a layer that, thawed, makes the same photo give something else: it learns, drops or keeps statistics."""
    return layer.parameters > 0 or any(word in layer.type for word in ("Drop", "StochasticDepth", "BatchNorm"))


def _frozen_beginning(table: LayerTable, frozen: frozenset[str]) -> list[Layer]:
    """What runs before anything moves, in order, in the largest pieces that end before it begins."""
    moving = [layer for layer in table.layers if layer.leaf and layer.path not in frozen and can_move(layer)]
    if not moving:
        return []
    first = min(moving, key=lambda layer: layer.order)
    opened = {"", *(path for layer in moving if layer.order == first.order for path in with_parents(layer.path))}
    pieces: list[Layer] = []
    for layer in table.layers:
        if layer.path.rpartition(".")[0] not in opened:
            continue
        if not (layer.leaf or layer.output_shape):  # a list of layers, which is never called itself
            opened.add(layer.path)
        elif layer.path not in opened and layer.type != "Parameter" and layer.order < first.order:
            pieces.append(layer)
    return sorted(pieces, key=lambda layer: layer.order)
