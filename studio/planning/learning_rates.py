"""Learning rates of thawed layers: discriminative, lower for earlier layers (ULMFiT, arXiv 1801.06146).

The layer tree shows these rates and the engine trains with them.
"""

from __future__ import annotations

from studio.events import Layer, LayerTable
from studio.planning.blocks import at_block_grain
from studio.planning.freezing import covers, require
from studio.spec import LayerRate, TrainSpec
from studio.spec.structs import replace

HOLDERS = ("Conv", "Mlp", "Head")
"""Parts of type names of layers that contain a normalization among others."""


def leaf_rates(table: LayerTable, frozen: frozenset[str], train: TrainSpec) -> dict[str, float]:
    """Learning rate of each thawed leaf that has parameters, before the schedule, in the order of the table.

    The last block that trains has `backbone_lr`; each block before it, in execution order and with frozen ones counted,
    has `layer_decay` times the rate of the block after it. Rates set by hand apply to all layers below the one they
    name; the last matching one wins.

    Args:
        table: The network's layers.
        frozen: Frozen leaves.
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
    """The settings with a rate set by hand for the layer called `name` and all below it.

    Args:
        train: The present settings.
        name: Name of a layer; rates set for it or below it are removed.
        lr: The rate; None to only remove.
    """
    others = tuple(rate for rate in train.layer_rates if not covers(name, rate.name))
    return replace(train, layer_rates=others if lr is None else (*others, LayerRate(name, lr)))


def is_set(train: TrainSpec, path: str) -> bool:
    """True where a rate set by hand applies to a layer."""
    return any(covers(rate.name, path) for rate in train.layer_rates)


def blocks(table: LayerTable) -> list[tuple[str, ...]]:
    """The network as a chain of blocks with parameters, each as the paths of its layers.

    A normalization or a parameter on its own (`cls_token`) is not a block: it belongs to the layer before it, or at the
    start of the network to the layer after it.
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
    """Index of the block of each leaf, in execution order."""
    numbers = {path: number for number, block in enumerate(blocks(table)) for path in block}
    depths: dict[str, int] = {}
    for layer in table.layers:
        path = layer.path
        while path and path not in numbers:
            path = path.rpartition(".")[0]
        depths[layer.path] = numbers.get(path, 0)
    return depths


def _follows(layer: Layer) -> bool:
    """True for a normalization, which may have its activation below it, and for a parameter on its own."""
    return layer.type == "Parameter" or ("Norm" in layer.type and not any(word in layer.type for word in HOLDERS))
