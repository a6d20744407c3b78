"""Freezing of layers: no gradient, no optimizer entry, no updates of statistics, no dropout; and its verification.

`Freezer` keeps a set of leaves frozen. `FreezeProof` records the state of every leaf before a run and reports, leaf by
leaf, whether it is unchanged, or by how much it changed.
"""

from __future__ import annotations

import weakref

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from studio.engine.network.layers import leaf_tensors
from studio.engine.network.lora import Adapters
from studio.events import LayerTable
from studio.spec import BatchNorm


class Freezer:
    """Keeps the frozen leaves of a network unchanged, also after calls of `train()`.

    Args:
        network: Backbone without its last layer.
        table: Its layers.
        frozen: Paths of the frozen leaves.
        batch_norm: BatchNorm layers whose running statistics are updated: none ("keep"), the thawed ones, or all
            ("update"). Weights and biases of frozen ones stay unchanged in any case.
        adapters: Adapters of frozen layers, which train; None without any.

    Attributes:
        adapters: As given.
        thawed: Paths of the leaves that train.
        statistics_only: Paths of the frozen BatchNorm leaves whose statistics are updated.
        changeable: Paths in `thawed` and `statistics_only`: all leaves that a run may change.
    """

    def __init__(
        self,
        network: nn.Module,
        table: LayerTable,
        frozen: frozenset[str],
        batch_norm: BatchNorm = "keep",
        adapters: Adapters | None = None,
    ) -> None:
        self._network = network
        self.adapters = adapters
        self.frozen = frozen
        leaves = [layer.path for layer in table.layers if layer.leaf]
        self.thawed = tuple(path for path in leaves if path not in frozen)
        self.statistics_only = tuple(
            path for path in leaves if batch_norm == "update" and path in frozen and _keeps_statistics(network, path)
        )
        self._eval_leaves = tuple(
            path for path in self.thawed if batch_norm == "keep" and _keeps_statistics(network, path)
        )
        self.changeable = (*self.thawed, *self.statistics_only)
        for path in leaves:
            for tensor in leaf_tensors(network, path).values():
                if isinstance(tensor, nn.Parameter):
                    tensor.requires_grad_(path not in frozen)
                    tensor.grad = None
        self._watch_start()

    def _watch_start(self) -> None:
        """In each pass, keep the blocks around training leaves in eval mode until the first of these leaves runs.

        The code of a block can apply dropout between frozen layers, whose features are computed once, without dropout.
        A parameter of a block does not count as such a leaf: its first use is unknown and may be before frozen layers.
        """
        thawed = self._thawed_modules()
        if not thawed:
            return
        paths = {path.rpartition(".")[0] for path in thawed}
        paths |= {path[:end] for path in paths for end, letter in enumerate(path) if letter == "."} | {""}
        # Weak references: otherwise the network and its hooks form a cycle, and its memory would be freed later.
        around = [weakref.ref(self._network.get_submodule(path)) for path in sorted(paths)]
        waiting = False

        def put(training: bool) -> None:
            for one in around:
                if (module := one()) is not None:
                    module.training = training

        def begin(network: nn.Module, _inputs: object) -> None:
            nonlocal waiting
            waiting = network.training
            if waiting:
                put(False)

        def go(*_: object) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                put(True)

        self._network.register_forward_pre_hook(begin)
        self._network.register_forward_hook(go, always_call=True)
        for path in thawed:
            leaf, block = (_module(self._network, path.split(".")[:end]) for end in (None, -1))
            # torch's attention reads the weights of its output layer without calling it.
            target = block if isinstance(block, nn.MultiheadAttention) else leaf
            if target is not None and target is not self._network:
                target.register_forward_pre_hook(go)

    def _thawed_modules(self) -> list[str]:
        """Paths of the leaves that train, without parameters of blocks."""
        return [path for path in self.thawed if _module(self._network, path.split(".")) is not None]

    def train(self) -> None:
        """Set training mode for leaves that train and the blocks around them, and eval mode for the rest.

        A block whose leaves are all frozen is set to eval mode as a whole, because some blocks apply dropout
        themselves; so is a block of which only its own parameters train.
        """
        self._network.eval()
        for path in self._thawed_modules():
            names = path.split(".")
            for depth in range(len(names) + 1):
                module = _module(self._network, names[:depth])
                if module is not None:
                    module.training = True
        for path in self.changeable:
            leaf = _module(self._network, path.split("."))
            if leaf is not None:
                leaf.train()
        for path in self._eval_leaves:
            self._network.get_submodule(path).eval()

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return the backbone parameters that train, those of adapters last, by name."""
        own = {name: parameter for name, parameter in self._network.named_parameters() if parameter.requires_grad}
        return own | (self.adapters.parameters() if self.adapters is not None else {})

    def changeable_tensors(self) -> dict[str, Tensor]:
        """Return all tensors of the backbone that a run may change: of leaves by their names, and of adapters."""
        own = {name: tensor for path in self.changeable for name, tensor in leaf_tensors(self._network, path).items()}
        return own | (self.adapters.tensors() if self.adapters is not None else {})


def _keeps_statistics(network: nn.Module, path: str) -> bool:
    return isinstance(_module(network, path.split(".")), _BatchNorm)


def _module(network: nn.Module, names: list[str]) -> nn.Module | None:
    """Return the module at a path; None if the path ends at a parameter."""
    module: object = network
    for name in names:
        module = getattr(module, name)
    return module if isinstance(module, nn.Module) else None
