"""Applies a freeze plan to the layers of a network, for the window and the engine alike.

A *leaf* is a layer without sublayers, or a parameter that belongs to a block directly (`cls_token`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from studio.events import Layer, LayerTable
from studio.planning.adapters import LinearLayer, linear_layers
from studio.planning.memo import remembered
from studio.spec import FreezePlan, UserError
from studio.spec.structs import replace


@remembered
def frozen_leaves(plan: FreezePlan, layers: Sequence[Layer]) -> frozenset[str]:
    """Paths of the leaves that are frozen under `plan`.

    Raises:
        UserError: The plan names a layer that the network does not have.
    """
    leaves = [layer for layer in layers if layer.leaf]
    for name in (*filter(None, [plan.until, plan.lora_after]), *plan.thaw, *plan.freeze):
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


@remembered
def adapted_layers(plan: FreezePlan, layers: Sequence[Layer]) -> tuple[LinearLayer, ...]:
    """The frozen linear layers that get adapters (LoRA) under `plan`, in the order of the table."""
    if not plan.lora_rank:
        return ()
    frozen = frozen_leaves(plan, layers)
    after = -1
    if plan.lora_after:
        after = max(leaf.order for leaf in layers if leaf.leaf and covers(plan.lora_after, leaf.path))
    return tuple(
        linear
        for linear in linear_layers(layers)
        if linear.path in frozen and linear.order > after and plan.lora_layers in ("all", linear.role)
    )


def require_adapted(plan: FreezePlan, layers: Sequence[Layer], name: str) -> tuple[LinearLayer, ...]:
    """Like `adapted_layers`, but requires that a plan with adapters has some.

    Args:
        plan: The freeze plan.
        layers: Layers of the network.
        name: Name of the network, for the error.

    Raises:
        UserError: The plan asks for adapters, and no layer can get one.
    """
    adapted = adapted_layers(plan, layers)
    if plan.lora_rank and not adapted:
        raise UserError(*no_adapters(layers, name))
    return adapted


def no_adapters(layers: Sequence[Layer], name: str) -> tuple[str, str]:
    """Why no layer of the network `name` gets an adapter under a plan, and what to do about it."""
    if not linear_layers(layers):
        return (
            f"“{name}” has no transformer blocks, whose linear layers could get adapters (LoRA).",
            "Choose a vision transformer, or set the LoRA rank to 0 and thaw layers instead.",
        )
    return (
        "No layer gets an adapter (LoRA): adapters are for frozen linear layers, and the plan freezes none of the "
        "layers chosen for them.",
        "Freeze more layers, or choose all linear layers, or an earlier layer after which adapters begin.",
    )


def without_missing(plan: FreezePlan, layers: Sequence[Layer]) -> FreezePlan:
    """The plan without the layers that the network does not have.

    Layers are missing where another readout drops the end of the network, so a missing `until` freezes all layers.
    """

    def present(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if any(covers(name, layer.path) for layer in layers))

    kept = replace(plan, thaw=present(*plan.thaw), freeze=present(*plan.freeze))
    if kept.lora_after and not present(kept.lora_after):
        kept = replace(kept, lora_after="")
    return kept if not kept.until or present(kept.until) else replace(kept, base="all", until="")


def weighted_leaves(layers: Sequence[Layer]) -> frozenset[str]:
    """Paths of the leaves that have weights: parameters or statistics. All counts of layers are counts of these."""
    return frozenset(layer.path for layer in layers if layer.leaf and has_weights(layer))


def has_weights(layer: Layer) -> bool:
    """True if a layer has parameters or running statistics."""
    return layer.parameters > 0 or layer.statistics


def covers(name: str, path: str) -> bool:
    """True if `path` is the layer `name` or is below it."""
    return path == name or path.startswith(f"{name}.")


def toggled(plan: FreezePlan, table: LayerTable, path: str, freeze: bool) -> FreezePlan:
    """The plan with the layer at `path` and all below it frozen or, without `freeze`, thawed; in its shortest form."""
    leaves = {layer.path for layer in table.layers if layer.leaf}
    below = {leaf for leaf in leaves if covers(path, leaf)}
    frozen = frozen_leaves(plan, table.layers)
    return shortest(table, frozen | below if freeze else frozen - below)


def shortest(table: LayerTable, frozen: frozenset[str] | set[str]) -> FreezePlan:
    """The plan that freezes exactly these leaves, with as few names as possible."""
    leaves = {layer.path for layer in table.layers if layer.leaf}
    thawed = leaves - frozen
    if len(thawed) <= len(frozen):
        return FreezePlan("all", thaw=_names_covering(table, thawed))
    return FreezePlan("none", freeze=_names_covering(table, set(frozen)))


def trainable(plan: FreezePlan, table: LayerTable) -> int:
    """Number of trainable parameters of the backbone under `plan`, those of adapters included."""
    frozen = frozen_leaves(plan, table.layers)
    thawed = sum(layer.parameters for layer in table.layers if layer.leaf and layer.path not in frozen)
    return thawed + sum(linear.parameters(plan.lora_rank) for linear in adapted_layers(plan, table.layers))


def require(name: str, layers: Sequence[Layer]) -> None:
    """Check that a layer `name`, or one below it, exists.

    Raises:
        UserError: There is no such layer; the hint suggests similar names.
    """
    if any(covers(name, layer.path) for layer in layers):
        return
    import difflib

    near = difflib.get_close_matches(name, [layer.path for layer in layers], n=3, cutoff=0.4)
    proposal = f"Did you mean {', '.join(near)}?" if near else "“thaw layers BACKBONE” lists them."
    raise UserError(f"The network has no layer called “{name}”.", proposal)


def _names_covering(table: LayerTable, chosen: set[str]) -> tuple[str, ...]:
    """The smallest set of layer names that covers exactly the leaves in `chosen`."""
    all_below: Counter[str] = Counter()
    chosen_below: Counter[str] = Counter()
    for layer in table.layers:
        if layer.leaf:
            above = with_parents(layer.path)
            all_below.update(above)
            if layer.path in chosen:
                chosen_below.update(above)
    names: dict[str, None] = {}
    for layer in table.layers:  # parents come before their children
        is_whole = 0 < all_below[layer.path] == chosen_below[layer.path]
        if is_whole and not any(name in names for name in with_parents(layer.path)):
            names[layer.path] = None
    return tuple(names)


def with_parents(path: str) -> list[str]:
    """The path and its parents, from the top: `a.b.c` gives `a`, `a.b`, `a.b.c`."""
    names = path.split(".")
    return [".".join(names[:depth]) for depth in range(1, len(names) + 1)]
