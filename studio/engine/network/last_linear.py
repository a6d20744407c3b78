"""Removal of a network's last linear layer, wherever it sits, so that the network returns features.

The layer is determined by a forward pass: the last linear layer that all data on the photo passes through. A linear
layer inside attention or a gate does not qualify, because other data bypasses it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.network import first_pass
from studio.engine.network.tracing import trace_pass
from studio.spec import UserError

PHOTOS = 2
"""Number of photos in a pass. Two, to detect a network that takes only one photo at a time."""


class RemovedHead(nn.Identity):
    """The module in place of the last linear layer: returns its input.

    Attributes:
        classes: Number of outputs of the layer that was removed.
        features: Its input in the current pass, if that is not the network's output.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.features: list[Tensor] = []
        self.keeps = False

    def forward(self, input: Tensor) -> Tensor:  # torch's own name
        """Return the input."""
        if self.keeps:
            self.features[:] = [input]
        return input


class _TakeFeatures:
    """Hook that replaces a network's output with the input of its removed head."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, network: nn.Module, _inputs: Any, _output: Any) -> Tensor:
        # By path, because a copy of the network has its own head.
        head = network.get_submodule(self._path)
        assert isinstance(head, RemovedHead)
        return head.features.pop()


def path_of(network: nn.Module) -> str:
    """Path of the removed head; "" for a network that has none."""
    return next((path for path, module in network.named_modules() if isinstance(module, RemovedHead)), "")


def remove(network: nn.Module, title: str, shape: tuple[int, int, int]) -> str:
    """Replace the last linear layer of a network in eval mode with a `RemovedHead`; return its path.

    Args:
        network: The network; changed.
        title: Its name, for errors.
        shape: Shape (C, H, W) of its input.

    Raises:
        UserError: It cannot take such photos, has no linear layer at its end, or does not give one vector per photo.
    """
    weight = next(network.parameters(), None)
    if weight is None:
        raise UserError(f"{title} has no parameters.", "Choose a network with layers that have weights.")
    photos = torch.zeros(PHOTOS, *shape, dtype=weight.dtype, device=weight.device)
    first_pass.run(network, photos, title)  # materializes lazy layers, and finds errors with a better message
    path, layer = _last(network, photos, title)
    head = RemovedHead(layer.out_features)
    network.set_submodule(path, head)
    head.keeps = True
    try:
        output = first_pass.run(network, photos, title)
    except UserError as error:
        raise UserError(
            f"{title} does not work without its last linear layer, {path}: {error.title}",
            "Change the network to end with one linear layer whose input is one vector per photo.",
        ) from error
    features = head.features.pop()
    head.keeps = not (isinstance(output, Tensor) and output.shape == features.shape and torch.equal(output, features))
    if not head.keeps:
        _require_vectors(features, path, title)
    elif _is_vectors(features):  # operations after it, such as a softmax, must not be applied to features
        network.register_forward_hook(_TakeFeatures(path))
    elif isinstance(output, Tensor) and _is_mean(output, features):  # averaged after the layer: the order is arbitrary
        head.keeps = False
    else:
        _require_vectors(features, path, title)
    return path


def _last(network: nn.Module, photos: Tensor, title: str) -> tuple[str, nn.Linear]:
    trace = trace_pass(network, photos)
    calls = sorted((call for call in trace.calls if call.order >= 0), key=lambda call: call.order)
    for call in reversed(calls):
        layer = network.get_submodule(call.path)
        if call.waist and is_linear(layer):
            return call.path, layer  # type: ignore[return-value]
    modules = {call.path: network.get_submodule(call.path) for call in calls}
    leaves = [path for path, module in modules.items() if next(module.parameters(recurse=False), None) is not None]
    last = f"{leaves[-1]} ({first_pass.kind_of(modules[leaves[-1]])})" if leaves else ""
    last = f": its last layer with weights is {last}" if last else ""
    raise UserError(
        f"{title} has no linear layer at its end that could be replaced by one for your classes{last}.",
        "Change the network to end with nn.Linear, called as a module.",
    )


def is_linear(layer: nn.Module) -> bool:
    """True for a linear layer, also one of an exported program."""
    return isinstance(layer, nn.Linear) or getattr(layer, "kind", "") == "Linear"


def _is_vectors(features: Tensor) -> bool:
    return features.ndim == 2 and features.shape[0] == PHOTOS


def _is_mean(output: Tensor, features: Tensor) -> bool:
    inner = tuple(range(1, features.ndim - 1))
    return output.ndim == 2 and output.shape[0] == PHOTOS and torch.allclose(output, features.mean(inner))


def _require_vectors(features: Tensor, path: str, title: str) -> None:
    if _is_vectors(features):
        return
    raise UserError(
        f"The input of the last linear layer of {title}, {path}, has the shape {tuple(features.shape)} for {PHOTOS} "
        "photos, and not one vector per photo.",
        "Flatten or average it before that layer.",
    )
