"""Frozen means unchanged: no gradient, no optimizer entry, no moving statistics, no dropout. And it is proved.

`Freezer` holds a network to a set of frozen leaves. `fingerprints` taken before and after a run are the proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from torch import nn

from studio.engine.layers import leaf_tensors
from studio.engine.weights import update
from studio.events import LayerTable


class Freezer:
    """Keeps the frozen leaves of a network still, whatever `train()` says.

    Args:
        network: Backbone without its last layer.
        table: Its layers.
        frozen: Paths of the leaves that stand still.
    """

    def __init__(self, network: nn.Module, table: LayerTable, frozen: frozenset[str]) -> None:
        self._network = network
        self.frozen = frozen
        self.thawed = tuple(layer.path for layer in table.layers if layer.leaf and layer.path not in frozen)
        for path in frozen:
            for tensor in leaf_tensors(network, path).values():
                if isinstance(tensor, nn.Parameter):
                    tensor.requires_grad_(False)
                    tensor.grad = None
        for path in self.thawed:
            for tensor in leaf_tensors(network, path).values():
                if isinstance(tensor, nn.Parameter):
                    tensor.requires_grad_(True)

    def train(self) -> None:
        """Training mode for what is thawed, and for the blocks around it; eval mode for the rest.

        A block whose leaves are all frozen is in eval mode as a whole, because some apply dropout by themselves.
        """
        self._network.eval()
        for path in self.thawed:
            names = path.split(".")
            for depth in range(len(names) + 1):
                found = _module(self._network, names[:depth])
                if found is not None:
                    found.training = True
            leaf = _module(self._network, names)
            if leaf is not None:
                leaf.train()

    def trainable(self) -> list[nn.Parameter]:
        """Backbone parameters that train."""
        return [parameter for parameter in self._network.parameters() if parameter.requires_grad]


def fingerprints(network: nn.Module, leaves: Iterable[str]) -> dict[str, str]:
    """A hash per leaf over its parameters and buffers, BatchNorm statistics included."""
    result: dict[str, str] = {}
    for path in leaves:
        digest = hashlib.blake2b(digest_size=16)
        for name, tensor in leaf_tensors(network, path).items():
            update(digest, name, tensor)
        result[path] = digest.hexdigest()
    return result


def _module(network: nn.Module, names: list[str]) -> nn.Module | None:
    """The module at a path; None where the path ends at a parameter."""
    found: object = network
    for name in names:
        found = getattr(found, name)
    return found if isinstance(found, nn.Module) else None
