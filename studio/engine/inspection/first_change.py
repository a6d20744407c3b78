"""The point in a pass from which outputs can differ between two sets of weights."""

from __future__ import annotations

from torch import nn
from torch.utils.hooks import RemovableHandle


class FirstChange:
    """Finds where a pass first reaches a changed tensor: all outputs before it are the same with both sets of weights.

    It watches the pass that runs inside `with`.

    Args:
        network: The network.
        changed: Names of the tensors that differ.

    Attributes:
        reached: True from that point on.
    """

    def __init__(self, network: nn.Module, changed: frozenset[str]) -> None:
        self.reached = False
        self._network, self._handles = network, list[RemovableHandle]()
        self._paths: set[str] = set()
        self._waiting: set[str] = set()
        for name in changed:
            path = name.rpartition(".")[0]
            # Also the block around it: torch's attention reads the weights of a layer without calling the layer.
            self._paths |= {path, path.rpartition(".")[0]} - {""} or {""}

    @property
    def certain(self) -> bool:
        """False if a module with a changed tensor did not run: other code may then have used the tensor anywhere."""
        return not self._waiting

    def __enter__(self) -> None:
        self.reached, self._waiting = False, set(self._paths)
        for path in self._paths:

            def reach(_module: nn.Module, _inputs: object, path: str = path) -> None:
                self.reached = True
                self._waiting.discard(path)

            self._handles.append(self._network.get_submodule(path).register_forward_pre_hook(reach))

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
