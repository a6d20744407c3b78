"""How fast each thawed layer learns: discriminative rates, lower for what lies deeper (ULMFiT, arXiv 1801.06146).

The window shows these rates in its layer table and the engine trains with them, so both take them from here.
"""

from __future__ import annotations

from dataclasses import replace

from studio.events import Layer, LayerTable
from studio.planning.blocks import at_block_grain
from studio.planning.freezing import covers, require
from studio.spec import LayerRate, TrainSpec

HOLDERS = ("Conv", "Mlp", "Head")
"""In the type of a layer that has a normalization besides other things."""


def leaf_rates(table: LayerTable, frozen: frozenset[str], train: TrainSpec) -> dict[str, float]:
    """Learning rate of each thawed leaf that has parameters, before the schedule, in the order of the table.

    The last block that trains has `backbone_lr`; each one before it, in the order they run, frozen ones counted too,
    has `layer_decay` of the rate of the block behind it. Rates set by hand hold for all below the layer they name,
    and a later one wins.

    Args:
        table: The network's layers.
        frozen: Leaves that stand still.
        train: For `backbone_lr`, `layer_decay` and `layer_rates`.

    Raises:
        UserError: A rate is set for a layer that the network does not have.
    """
    for rate in train.layer_rates:
        require(rate.name, table.layers)
    learning = [layer.path for layer in table.layers if layer.leaf and layer.parameters and layer.path not in frozen]
    depths = _depths(table)
    last = max((depths[path] for path in learning), default=0)
    rates = {path: train.backbone_lr * train.layer_decay ** (last - depths[path]) for path in learning}
    for rate in train.layer_rates:
        rates |= {path: rate.lr for path in learning if covers(rate.name, path)}
    return rates


def with_rate(train: TrainSpec, name: str, lr: float | None) -> TrainSpec:
    """The settings after a rate was set by hand for the layer called `name` and all below it.

    Args:
        train: As it is now.
        name: Of a layer; what was set for it or below it goes.
        lr: The rate; None for none.
    """
    others = tuple(rate for rate in train.layer_rates if not covers(name, rate.name))
    return replace(train, layer_rates=others if lr is None else (*others, LayerRate(name, lr)))


def is_set(train: TrainSpec, path: str) -> bool:
    """True where a rate set by hand holds for a layer."""
    return any(covers(rate.name, path) for rate in train.layer_rates)


def blocks(table: LayerTable) -> list[tuple[str, ...]]:
    """The network as a chain of blocks with parameters, each as the paths of the layers it is made of.

    A normalization or a parameter on its own (`cls_token`) is no block: it belongs to the layer before it, or to the
    first one where it comes before all.
    """
    chain: list[tuple[str, ...]] = []
    waiting: tuple[str, ...] = ()
    for layer in at_block_grain(table):
        if not layer.parameters:
            continue
        if not _follows(layer):
            chain.append((*waiting, layer.path))
            waiting = ()
        elif chain:
            chain[-1] = (*chain[-1], layer.path)
        else:
            waiting = (*waiting, layer.path)
    return [*chain, waiting] if waiting else chain


def _depths(table: LayerTable) -> dict[str, int]:
    """Number of the block that each leaf belongs to, counted from 0 in the order they run."""
    numbers = {path: number for number, block in enumerate(blocks(table)) for path in block}
    depths: dict[str, int] = {}
    for layer in table.layers:
        path = layer.path
        while path and path not in numbers:
            path = path.rpartition(".")[0]
        depths[layer.path] = numbers.get(path, 0)
    return depths


def _follows(layer: Layer) -> bool:
    """True for a normalization, whose activation may lie below it, and for a parameter on its own."""
    return layer.type == "Parameter" or ("Norm" in layer.type and not any(word in layer.type for word in HOLDERS))
