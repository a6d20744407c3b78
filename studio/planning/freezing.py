"""What a freeze plan means for the layers of one network.

The window ticks boxes and the engine sets `requires_grad` from the same functions here, so that what is shown is what
is done. A *leaf* is a layer without layers of its own, or a parameter that hangs on a block directly (`cls_token`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.events import Layer, LayerTable
from studio.spec import Fault, FreezePlan

BIGGEST_ROW = 4_000_000
"""Bytes that what is kept for one photo may have. Early layers give more numbers than the photo has; past this size it
is cheaper to compute them again."""

CONTAINERS = ("ModuleList", "Stage", "Level", "Encoder")
"""How the type of a layer ends that is a chain of blocks and no block itself; `Sequential` may stand anywhere in it."""


def frozen_leaves(plan: FreezePlan, layers: Sequence[Layer]) -> frozenset[str]:
    """Paths of the leaves that stand still under `plan`.

    Raises:
        Fault: The plan names a layer that the network does not have.
    """
    leaves = [layer for layer in layers if layer.leaf]
    for name in (*filter(None, [plan.until]), *plan.thaw, *plan.freeze):
        require(name, layers)
    frozen = {leaf.path for leaf in leaves} if plan.base == "all" else set()
    if plan.until:
        last = max(leaf.order for leaf in leaves if covers(plan.until, leaf.path))
        frozen = {leaf.path for leaf in leaves if leaf.order <= last}
    for name in plan.thaw:
        frozen -= {leaf.path for leaf in leaves if covers(name, leaf.path)}
    for name in plan.freeze:
        frozen |= {leaf.path for leaf in leaves if covers(name, leaf.path)}
    return frozenset(frozen)


def weighted(layers: Sequence[Layer]) -> frozenset[str]:
    """Paths of the leaves that have weights: parameters or statistics. Wherever layers are counted, these are."""
    return frozenset(layer.path for layer in layers if layer.leaf and has_weights(layer))


def has_weights(layer: Layer) -> bool:
    """True for a layer with parameters, or with statistics that follow the photos."""
    return layer.parameters > 0 or layer.statistics


def covers(name: str, path: str) -> bool:
    """True where `path` is the layer called `name` or lies below it."""
    return path == name or path.startswith(f"{name}.")


def toggled(plan: FreezePlan, table: LayerTable, path: str, freeze: bool) -> FreezePlan:
    """The plan after the layer at `path`, with all below it, is ticked (`freeze`) or unticked, in its shortest form."""
    leaves = {layer.path for layer in table.layers if layer.leaf}
    below = {leaf for leaf in leaves if covers(path, leaf)}
    frozen = frozen_leaves(plan, table.layers)
    return shortest(table, frozen | below if freeze else frozen - below)


def shortest(table: LayerTable, frozen: frozenset[str] | set[str]) -> FreezePlan:
    """A plan that freezes exactly these leaves, naming whole blocks where it can."""
    leaves = {layer.path for layer in table.layers if layer.leaf}
    thawed = leaves - frozen
    if len(thawed) <= len(frozen):
        return FreezePlan("all", thaw=_blocks(table, thawed))
    return FreezePlan("none", freeze=_blocks(table, set(frozen)))


def last_block(table: LayerTable) -> FreezePlan:
    """Everything frozen but the last block and what follows it: the usual first step of fine-tuning."""
    leaves = {layer.path for layer in table.layers if layer.leaf}
    chain = at_block_grain(table)
    # What stands around the last layer (`head.norm`, `head.fc`) and a last norm only follow the last block.
    blocks = [
        layer
        for layer in chain
        if not layer.leaf and layer.parameters * 100 > table.parameters and not covers(layer.path, table.classifier)
    ]
    # So does a last convolution that widens, with or without its norm in a module of its own.
    several = [layer for layer in blocks if _weights(table, layer) > 1]
    largest = max((layer.parameters for layer in several), default=0)
    blocks = [layer for layer in several if layer.parameters * 5 > largest] or blocks
    if not blocks:  # a plain chain of layers: its last one with parameters
        blocks = [layer for layer in chain if layer.parameters][-1:]
    if not blocks:
        return FreezePlan("all")
    start = min(layer.order for layer in table.layers if layer.leaf and covers(blocks[-1].path, layer.path))
    thawed = {
        layer.path
        for layer in table.layers
        if layer.leaf and (layer.order >= start or covers(blocks[-1].path, layer.path))
    }
    return shortest(table, leaves - thawed)


def trainable(plan: FreezePlan, table: LayerTable) -> int:
    """Backbone parameters that train under `plan`; the head's are not counted."""
    frozen = frozen_leaves(plan, table.layers)
    return sum(layer.parameters for layer in table.layers if layer.leaf and layer.path not in frozen)


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


def require(name: str, layers: Sequence[Layer]) -> None:
    """Make sure that a layer, or one below it, is called `name`.

    Raises:
        Fault: Nothing is; it proposes names that are near.
    """
    if any(covers(name, layer.path) for layer in layers):
        return
    import difflib

    near = difflib.get_close_matches(name, [layer.path for layer in layers], n=3, cutoff=0.4)
    proposal = f"Did you mean {', '.join(near)}?" if near else "“thaw layers BACKBONE” lists them."
    raise Fault(f"The network has no layer called “{name}”.", proposal)


def _frozen_beginning(table: LayerTable, frozen: frozenset[str]) -> list[Layer]:
    """What runs before anything moves, in order, in the largest pieces that end before it begins."""
    moving = [layer for layer in table.layers if layer.leaf and layer.path not in frozen and can_move(layer)]
    if not moving:
        return []
    first = min(moving, key=lambda layer: layer.order)
    opened = {"", *(path for layer in moving if layer.order == first.order for path in _with_parents(layer.path))}
    pieces: list[Layer] = []
    for layer in table.layers:
        if layer.path.rpartition(".")[0] not in opened:
            continue
        if not (layer.leaf or layer.output_shape):  # a list of layers, which is never called itself
            opened.add(layer.path)
        elif layer.path not in opened and layer.type != "Parameter" and layer.order < first.order:
            pieces.append(layer)
    return sorted(pieces, key=lambda layer: layer.order)


def _blocks(table: LayerTable, chosen: set[str]) -> tuple[str, ...]:
    """The fewest layer names that cover exactly the chosen leaves."""
    all_below: Counter[str] = Counter()
    chosen_below: Counter[str] = Counter()
    for layer in table.layers:
        if layer.leaf:
            above = _with_parents(layer.path)
            all_below.update(above)
            if layer.path in chosen:
                chosen_below.update(above)
    names: dict[str, None] = {}
    for layer in table.layers:  # parents stand before their children
        whole = 0 < all_below[layer.path] == chosen_below[layer.path]
        if whole and not any(name in names for name in _with_parents(layer.path)):
            names[layer.path] = None
    return tuple(names)


def _with_parents(path: str) -> list[str]:
    """`a.b.c` gives `a`, `a.b`, `a.b.c`."""
    names = path.split(".")
    return [".".join(names[:depth]) for depth in range(1, len(names) + 1)]


def at_block_grain(table: LayerTable) -> list[Layer]:
    """Layers seen as a chain of blocks: containers and stages opened, blocks left closed; in the order they run."""
    children: dict[str, list[Layer]] = {}
    for layer in table.layers:
        children.setdefault(layer.path.rpartition(".")[0], []).append(layer)
    opened: set[str] = {""}
    chain: list[Layer] = []
    for layer in table.layers:
        if layer.path.rpartition(".")[0] not in opened:
            continue
        if not layer.leaf and _is_container(layer, children.get(layer.path, [])):
            opened.add(layer.path)
        else:
            chain.append(layer)
    return sorted(chain, key=lambda layer: layer.order)


def _is_container(layer: Layer, children: Sequence[Layer]) -> bool:
    if not ("Sequential" in layer.type or layer.type.endswith(CONTAINERS)):
        return False
    # One module beside bare layers (a skip, then a convolution) makes a block written as a chain.
    modules = [child for child in children if not child.leaf]
    return not (len(modules) == 1 and any(_has_weight(child) for child in children if child.leaf))


def _weights(table: LayerTable, block: Layer) -> int:
    """Layers in a block that mix channels or places: all with parameters but norms and scales."""
    return sum(_has_weight(layer) for layer in table.layers if layer.leaf and covers(block.path, layer.path))


def _has_weight(layer: Layer) -> bool:
    return layer.parameters > 0 and layer.type != "Parameter" and not any(x in layer.type for x in ("Norm", "Scale"))
