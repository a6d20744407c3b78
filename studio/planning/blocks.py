"""Blocks of a network: groups of layers that are frozen and thawed together."""

from __future__ import annotations

from collections.abc import Sequence

from studio.events import Layer, LayerTable
from studio.planning.freezing import covers, shortest
from studio.planning.memo import remembered
from studio.spec import FreezePlan

CONTAINERS = ("ModuleList", "Stage", "Level", "Encoder")
"""Suffixes of type names of layers that contain a chain of blocks; so do types with `Sequential` in their name."""


@remembered
def last_block(table: LayerTable) -> FreezePlan:
    """The plan that freezes all but the last block and the layers after it: the usual first step of fine-tuning."""
    leaves = {layer.path for layer in table.layers if layer.leaf}
    chain = block_chain(table)
    # The classifier's siblings (`head.norm`, `head.fc`) and a final norm belong to the last block.
    blocks = [
        layer
        for layer in chain
        if not layer.leaf and layer.parameters * 100 > table.parameters and not covers(layer.path, table.classifier)
    ]
    # So does a final convolution to more channels, which may be a module together with its norm.
    several = [layer for layer in blocks if _weights(table, layer) > 1]
    largest = max((layer.parameters for layer in several), default=0)
    blocks = [layer for layer in several if layer.parameters * 5 > largest] or blocks
    if not blocks:  # a plain chain of layers: its last one with parameters
        blocks = [layer for layer in chain if layer.parameters]
    if not blocks:
        return FreezePlan("all")
    start = min(layer.order for layer in table.layers if layer.leaf and covers(blocks[-1].path, layer.path))
    thawed = {
        layer.path
        for layer in table.layers
        if layer.leaf and (layer.order >= start or covers(blocks[-1].path, layer.path))
    }
    return shortest(table, leaves - thawed)


@remembered
def block_chain(table: LayerTable) -> tuple[Layer, ...]:
    """The network as a chain of blocks, in execution order: containers such as stages are expanded, blocks are not."""
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
    return tuple(sorted(chain, key=lambda layer: layer.order))


def _is_container(layer: Layer, children: Sequence[Layer]) -> bool:
    """True if a layer is a chain of blocks rather than a block."""
    if not ("Sequential" in layer.type or layer.type.endswith(CONTAINERS)):
        return False
    # A single module among plain layers (a skip connection, then a convolution) is a block written as a chain.
    modules = [child for child in children if not child.leaf]
    return not (len(modules) == 1 and any(_has_weight(child) for child in children if child.leaf))


def _weights(table: LayerTable, block: Layer) -> int:
    """Number of layers in a block with a weight matrix or kernel: those with parameters except norms and scales."""
    return sum(_has_weight(layer) for layer in table.layers if layer.leaf and covers(block.path, layer.path))


def _has_weight(layer: Layer) -> bool:
    return layer.parameters > 0 and layer.type != "Parameter" and not any(x in layer.type for x in ("Norm", "Scale"))
