"""The cuts of a network worth comparing: one after each of its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.events import Layer, LayerTable
from studio.planning.blocks import block_chain
from studio.planning.freezing import trainable
from studio.spec import FreezePlan

ALL = "features"
"""Name of the cut after all layers."""

MOST = 12
"""Most cuts that are compared; in a deeper network, a selection spread evenly."""


@dataclass(frozen=True)
class Candidate:
    """A cut after a block.

    Attributes:
        layer: Path of the layer whose output is taken, or `ALL`.
        plan: Freezes all layers up to there.
        shape: Shape of one photo's output there.
        trainable: Number of parameters after it.
    """

    layer: str
    plan: FreezePlan
    shape: tuple[int, ...]
    trainable: int


def candidates(table: LayerTable, most: int = MOST) -> list[Candidate]:
    """Cuts after the blocks of a network, first layers first; the last one is after all layers.

    Norms, activations and pooling layers belong to the block before them. A block that other tensors bypass has no cut.
    """
    cuts: list[Candidate] = []
    for block in _blocks(block_chain(table))[:-1]:
        ends = [(layer.path, layer.row) for layer in block if layer.row is not None]
        if ends:
            path, row = ends[-1]
            plan = FreezePlan(until=path)
            if later := trainable(plan, table):
                cuts.append(Candidate(path, plan, row, later))
    cuts.append(Candidate(ALL, FreezePlan(), (table.features,), 0))
    places = np.unique(np.linspace(0, len(cuts) - 1, min(most, len(cuts))).round().astype(int))
    return [cuts[place] for place in places]


def _blocks(chain: Sequence[Layer]) -> list[list[Layer]]:
    """The chain in groups: each is a layer or module with weights, and those without any that follow it."""
    groups: list[list[Layer]] = []
    for layer in chain:
        weighs = layer.parameters > 0 and layer.type != "Parameter" and "Norm" not in layer.type
        if weighs or not groups:
            groups.append([])
        groups[-1].append(layer)
    return groups
