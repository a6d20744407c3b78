"""Possible cuts of a network; the layers before a cut are frozen and computed once per photo."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.events import Layer, LayerTable
from studio.planning.freezing import adapted_layers, covers, frozen_leaves, with_parents
from studio.planning.memo import remembered
from studio.spec import FreezePlan

MAX_ROW_BYTES = 4_000_000
"""Largest size of a cached row in bytes. Outputs of early layers may be larger than the photo; above this size it is
cheaper to compute them again."""


@remembered
def is_all_frozen(plan: FreezePlan, table: LayerTable) -> bool:
    """True if no layer's output can change in training, so that features can be computed once.

    Thawed activations and pooling layers do not count, because nothing in them can change.
    """
    constant = constant_leaves(plan, table.layers)
    return not any(layer.leaf and layer.path not in constant and can_change(layer) for layer in table.layers)


@remembered
def constant_leaves(plan: FreezePlan, layers: Sequence[Layer]) -> frozenset[str]:
    """Frozen leaves whose output for a given input is the same throughout a run.

    All frozen leaves, except those with adapters, and BatchNorm layers if the plan updates their statistics.
    """
    frozen = frozen_leaves(plan, layers) - {linear.path for linear in adapted_layers(plan, layers)}
    if plan.batch_norm != "update":
        return frozen
    return frozen - {layer.path for layer in layers if "BatchNorm" in layer.type}


@dataclass(frozen=True)
class Cut:
    """A position at which a network is split; the layers before it are computed once per photo.

    Attributes:
        layer: Path of the layer whose output is cached.
        shape: Shape of the cached float32 row of one photo.
    """

    layer: str
    shape: tuple[int, ...]

    @property
    def row_bytes(self) -> int:
        """Size of the cached row of one photo in bytes."""
        return 4 * math.prod(self.shape)


def cuts(table: LayerTable, frozen: frozenset[str], limit: int = MAX_ROW_BYTES) -> Iterator[Cut]:
    """Yield possible cuts, best first: after the last frozen layer that all data passes through, then earlier ones.

    Args:
        table: The network's layers.
        frozen: Frozen leaves.
        limit: Largest size of a cached row in bytes.
    """
    for layer in reversed(_frozen_prefix(table, frozen)):
        if layer.row is not None and (cut := Cut(layer.path, layer.row)).row_bytes <= limit:
            yield cut


def ideal_cut(table: LayerTable, frozen: frozenset[str]) -> str | None:
    """Path of the last frozen layer before all trainable ones, whether the network can be split after it or not.

    None if the first layer is trainable, or no layer can change.
    """
    for layer in reversed(_frozen_prefix(table, frozen)):
        # A thawed pooling layer cannot change either, but counts only if the network can be split after it.
        if layer.row is not None or any(covers(layer.path, path) for path in frozen):
            return layer.path
    return None


def can_change(layer: Layer) -> bool:
    """True if a layer's output can change in training when it is thawed: it has parameters, statistics or dropout."""
    return layer.parameters > 0 or any(word in layer.type for word in ("Drop", "StochasticDepth", "BatchNorm"))


def _frozen_prefix(table: LayerTable, frozen: frozenset[str]) -> list[Layer]:
    """The layers before the first trainable one, in execution order, as the largest modules that do not contain it."""
    moving = [layer for layer in table.layers if layer.leaf and layer.path not in frozen and can_change(layer)]
    if not moving:
        return []
    first = min(moving, key=lambda layer: layer.order)
    opened = {"", *(path for layer in moving if layer.order == first.order for path in with_parents(layer.path))}
    pieces: list[Layer] = []
    for layer in table.layers:
        if layer.path.rpartition(".")[0] not in opened:
            continue
        if not (layer.leaf or layer.output_shape):  # a module list, whose `forward` is never called
            opened.add(layer.path)
        elif layer.path not in opened and layer.type != "Parameter" and layer.order < first.order:
            pieces.append(layer)
    return sorted(pieces, key=lambda layer: layer.order)
