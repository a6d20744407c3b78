"""Frozen means unchanged: no gradient, no optimizer entry, no moving statistics, no dropout. And it is proved.

`Freezer` holds a network to a set of frozen leaves. `FreezeProof` remembers what every leaf was before a run and says,
leaf by leaf, whether it still is that, or how far it moved.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from studio.engine.network.layers import leaf_tensors
from studio.events import LayerTable
from studio.spec import BatchNorm


class Freezer:
    """Keeps the frozen leaves of a network still, whatever `train()` says.

    Args:
        network: Backbone without its last layer.
        table: Its layers.
        frozen: Paths of the leaves that stand still.
        batch_norm: Whose running statistics follow the photos: those of no BatchNorm layer ("keep"), of thawed ones,
            or of all ("update"). Weights and biases of frozen ones stand still all the same.

    Attributes:
        thawed: Paths of the leaves that train.
        following: Paths of the frozen BatchNorm leaves whose statistics move.
        moving: Paths of both: all that a run may change.
    """

    def __init__(
        self, network: nn.Module, table: LayerTable, frozen: frozenset[str], batch_norm: BatchNorm = "keep"
    ) -> None:
        self._network = network
        self.frozen = frozen
        leaves = [layer.path for layer in table.layers if layer.leaf]
        self.thawed = tuple(path for path in leaves if path not in frozen)
        self.following = tuple(
            path for path in leaves if batch_norm == "update" and path in frozen and _keeps_statistics(network, path)
        )
        self._kept = tuple(path for path in self.thawed if batch_norm == "keep" and _keeps_statistics(network, path))
        self.moving = (*self.thawed, *self.following)
        for path in leaves:
            for tensor in leaf_tensors(network, path).values():
                if isinstance(tensor, nn.Parameter):
                    tensor.requires_grad_(path not in frozen)
                    tensor.grad = None

    def train(self) -> None:
        """Training mode for what moves, and for the blocks around what is thawed; eval mode for the rest.

        A block whose leaves are all frozen is in eval mode as a whole, because some apply dropout by themselves.
        """
        self._network.eval()
        for path in self.thawed:
            names = path.split(".")
            for depth in range(len(names) + 1):
                found = _module(self._network, names[:depth])
                if found is not None:
                    found.training = True
        for path in self.moving:
            leaf = _module(self._network, path.split("."))
            if leaf is not None:
                leaf.train()
        for path in self._kept:
            self._network.get_submodule(path).eval()

    def trainable(self) -> dict[str, nn.Parameter]:
        """Backbone parameters that train, by name."""
        return {name: parameter for name, parameter in self._network.named_parameters() if parameter.requires_grad}

    def moved(self) -> dict[str, Tensor]:
        """Tensors of all that a run may change, by their names in the network."""
        return {name: tensor for path in self.moving for name, tensor in leaf_tensors(self._network, path).items()}


def _keeps_statistics(network: nn.Module, path: str) -> bool:
    return isinstance(_module(network, path.split(".")), _BatchNorm)


def _module(network: nn.Module, names: list[str]) -> nn.Module | None:
    """The module at a path; None where the path ends at a parameter."""
    found: object = network
    for name in names:
        found = getattr(found, name)
    return found if isinstance(found, nn.Module) else None
