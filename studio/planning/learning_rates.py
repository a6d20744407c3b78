"""Discriminative learning rates: lower for earlier layers (ULMFiT, arXiv 1801.06146)."""

from __future__ import annotations

from studio.events import Layer, LayerTable
from studio.planning.blocks import block_chain
from studio.planning.freezing import covers, require
from studio.spec import LayerRate, TrainSpec
from studio.spec.structs import replace

CONTAINERS = ("Conv", "Mlp", "Head")
"""Parts of type names with “Norm” of layers that contain more than a normalization, such as `ConvNormAct`."""


def leaf_rates(table: LayerTable, frozen: frozenset[str], train: TrainSpec) -> dict[str, float]:
    """Learning rate of each thawed leaf that has parameters, before the schedule, in the order of the table.

    The last block that trains has `backbone_lr`; each block before it, in execution order and counting frozen ones, has
    `layer_decay` times the rate of the block after it. A rate set by hand applies to the layer it names and all layers
    below it; of several, the last one applies.

    Args:
        table: The network's layers.
        frozen: Frozen leaves.
        train: Settings with `backbone_lr`, `layer_decay` and `layer_rates`.

    Raises:
        UserError: A rate is set for a layer that the network does not have.
    """
    for rate in train.layer_rates:
        require(rate.name, table.layers)
    thawed = [layer.path for layer in table.layers if layer.leaf and layer.parameters and layer.path not in frozen]
    depths = _depths(table)
    last = max((depths[path] for path in thawed), default=0)
    rates = {path: train.backbone_lr * train.layer_decay ** (last - depths[path]) for path in thawed}
    for rate in train.layer_rates:
        rates |= {path: rate.lr for path in thawed if covers(rate.name, path)}
    return rates


def with_rate(train: TrainSpec, name: str, lr: float | None) -> TrainSpec:
    """The settings with a rate set by hand for the layer `name` and all layers below it.

    Args:
        train: The present settings.
        name: Path of a layer; rates that are set for it or below it are removed.
        lr: The rate; None to remove rates only.
    """
    others = tuple(rate for rate in train.layer_rates if not covers(name, rate.name))
    return replace(train, layer_rates=others if lr is None else (*others, LayerRate(name, lr)))


def is_set(train: TrainSpec, path: str) -> bool:
    """True if a rate set by hand applies to a layer."""
    return any(covers(rate.name, path) for rate in train.layer_rates)


def blocks(table: LayerTable) -> list[tuple[str, ...]]:
    """The network as a chain of blocks with parameters, each given by the paths of its layers.

    A separate normalization or parameter (`cls_token`) is not a block: it belongs to the block before it, or at the
    start of the network to the block after it.
    """
    chain: list[tuple[str, ...]] = []
    waiting: tuple[str, ...] = ()
    for layer in block_chain(table):
        if not layer.parameters:
            continue
        if not _is_attached(layer):
            chain.append((*waiting, layer.path))
            waiting = ()
        elif chain:
            chain[-1] = (*chain[-1], layer.path)
        else:
            waiting = (*waiting, layer.path)
    return [*chain, waiting] if waiting else chain


def _depths(table: LayerTable) -> dict[str, int]:
    """Index of the block of each leaf, in execution order."""
    numbers = {path: number for number, block in enumerate(blocks(table)) for path in block}
    depths: dict[str, int] = {}
    for layer in table.layers:
        path = layer.path
        while path and path not in numbers:
            path = path.rpartition(".")[0]
        depths[layer.path] = numbers.get(path, 0)
    return depths


def _is_attached(layer: Layer) -> bool:
    """True for a normalization, which may contain its activation, and for a separate parameter."""
    return layer.type == "Parameter" or ("Norm" in layer.type and not any(word in layer.type for word in CONTAINERS))
