"""What a freeze plan means for the layers of one network.

The window ticks boxes and the engine sets `requires_grad` from the same functions here, so that what is shown is what
is done. A *leaf* is a layer without layers of its own, or a parameter that hangs on a block directly (`cls_token`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from studio.events import Layer, LayerTable
from studio.spec import FreezePlan, UserError


def frozen_leaves(plan: FreezePlan, layers: Sequence[Layer]) -> frozenset[str]:
    """Paths of the leaves that stand still under `plan`.

    Raises:
        UserError: The plan names a layer that the network does not have.
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


def trainable(plan: FreezePlan, table: LayerTable) -> int:
    """Backbone parameters that train under `plan`; the head's are not counted."""
    frozen = frozen_leaves(plan, table.layers)
    return sum(layer.parameters for layer in table.layers if layer.leaf and layer.path not in frozen)


def require(name: str, layers: Sequence[Layer]) -> None:
    """Make sure that a layer, or one below it, is called `name`.

    Raises:
        UserError: Nothing is; it proposes names that are near.
    """
    if any(covers(name, layer.path) for layer in layers):
        return
    import difflib

    near = difflib.get_close_matches(name, [layer.path for layer in layers], n=3, cutoff=0.4)
    proposal = f"Did you mean {', '.join(near)}?" if near else "“thaw layers BACKBONE” lists them."
    raise UserError(f"The network has no layer called “{name}”.", proposal)


def _blocks(table: LayerTable, chosen: set[str]) -> tuple[str, ...]:
    """The fewest layer names that cover exactly the chosen leaves."""
    all_below: Counter[str] = Counter()
    chosen_below: Counter[str] = Counter()
    for layer in table.layers:
        if layer.leaf:
            above = with_parents(layer.path)
            all_below.update(above)
            if layer.path in chosen:
                chosen_below.update(above)
    names: dict[str, None] = {}
    for layer in table.layers:  # parents stand before their children
        whole = 0 < all_below[layer.path] == chosen_below[layer.path]
        if whole and not any(name in names for name in with_parents(layer.path)):
            names[layer.path] = None
    return tuple(names)


def with_parents(path: str) -> list[str]:
    """`a.b.c` gives `a`, `a.b`, `a.b.c`."""
    names = path.split(".")
    return [".".join(names[:depth]) for depth in range(1, len(names) + 1)]
