"""Possible cuts of a network: positions at which its frozen beginning ends and can be computed once per photo."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.events import Layer, LayerTable
from studio.planning.freezing import covers, frozen_leaves, with_parents
from studio.spec import FreezePlan

BIGGEST_ROW = 4_000_000
"""Largest size of a cached row in bytes. Early layers have more outputs than the photo has values; above this size it
is cheaper to compute them again."""


def is_all_frozen(plan: FreezePlan, table: LayerTable) -> bool:
    """True where no layer of the backbone can change, so that its features can be computed once.

    A thawed activation or pooling has no effect; a layer with parameters, dropout or statistics has one.
    """
    still = constant_leaves(plan, table.layers)
    return not any(layer.leaf and layer.path not in still and can_move(layer) for layer in table.layers)


def constant_leaves(plan: FreezePlan, layers: Sequence[Layer]) -> frozenset[str]:
    """Frozen leaves whose output for a photo is the same throughout a run.

    All frozen leaves, or all but BatchNorm layers where the plan updates their statistics.
    """
    frozen = frozen_leaves(plan, layers)
    if plan.batch_norm != "update":
        return frozen
    return frozen - {layer.path for layer in layers if "BatchNorm" in layer.type}


@dataclass(frozen=True)
class Cut:
    """A position at which a network is split; the part before it is computed once per photo.

    Attributes:
        layer: Path of the layer whose output is cached.
        shape: Shape of the cached float32 row of one photo.
    """

    layer: str
    shape: tuple[int, ...]

    @property
    def row_bytes(self) -> int:
        """Bytes of the cached row of one photo."""
        return 4 * math.prod(self.shape)


def cuts(table: LayerTable, frozen: frozenset[str], limit: int = BIGGEST_ROW) -> Iterator[Cut]:
    """Possible cuts, best first: after the last frozen layer that all data passes through, then earlier ones.

    Args:
        table: The network's layers.
        frozen: Frozen leaves.
        limit: Largest size of a cached row in bytes.
    """
    for layer in reversed(_frozen_beginning(table, frozen)):
        if layer.row is not None and (cut := Cut(layer.path, layer.row)).row_bytes <= limit:
            yield cut


def ideal_cut(table: LayerTable, frozen: frozenset[str]) -> str | None:
    """The last frozen layer that runs before any trainable one, whether the network can be split there or not.

    None where there is no frozen beginning, or every layer is frozen.
    """
    for layer in reversed(_frozen_beginning(table, frozen)):
        # A thawed pooling is constant, too; it counts only where the cut may be after it.
        if layer.row is not None or any(covers(layer.path, path) for path in frozen):
            return layer.path
    return None


def can_move(layer: Layer) -> bool:
    """True for a layer whose output changes in training if it is thawed: with parameters, dropout or statistics."""
    return layer.parameters > 0 or any(word in layer.type for word in ("Drop", "StochasticDepth", "BatchNorm"))


def _frozen_beginning(table: LayerTable, frozen: frozenset[str]) -> list[Layer]:
    """The part that runs before any trainable layer, in order, in the largest modules that end before it begins."""
    moving = [layer for layer in table.layers if layer.leaf and layer.path not in frozen and can_move(layer)]
    if not moving:
        return []
    first = min(moving, key=lambda layer: layer.order)
    opened = {"", *(path for layer in moving if layer.order == first.order for path in with_parents(layer.path))}
    pieces: list[Layer] = []
    for layer in table.layers:
        if layer.path.rpartition(".")[0] not in opened:
            continue
        if not (layer.leaf or layer.output_shape):  # a module list, which is never called itself
            opened.add(layer.path)
        elif layer.path not in opened and layer.type != "Parameter" and layer.order < first.order:
            pieces.append(layer)
    return sorted(pieces, key=lambda layer: layer.order)
