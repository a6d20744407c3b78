"""Adapters of linear layers (LoRA, arXiv 2106.09685): W x + (alpha / rank) B A x, with W frozen.

The adapters are separate from the network, which stays as it is: its modules, tensors and hashes are those without
adapters. A hook adds the adapter's output to that of its layer. Attention layers that read the weights of their
sublayers instead of calling them, such as torch's `MultiheadAttention`, compute with W + (alpha / rank) B A in place of
W during the call.

In files the matrices have the name of their weight with the suffixes `.lora_A` and `.lora_B`, and `lora_scale` is
alpha / rank.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from studio.engine.network.layers import leaf_tensors
from studio.events import AdapterChange
from studio.planning.adapters import LinearLayer
from studio.spec import UserError

A, B, SCALE = ".lora_A", ".lora_B", "lora_scale"


@dataclass(eq=False)
class Adapter:
    """The adapter of one linear layer.

    Attributes:
        weight: Name of the layer's weight W (outputs, inputs) in the network.
        a: Matrix A (rank, inputs).
        b: Matrix B (outputs, rank).
        scale: alpha / rank.
    """

    weight: str
    a: nn.Parameter
    b: nn.Parameter
    scale: float

    def add(self, _module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        """Forward hook of the layer: its output, plus that of the adapter."""
        # Few tensors of the output's size, because freed ones leave gaps in the memory of the process: the scale is
        # applied to the smaller product, and the sum takes the place of its second term.
        own = nn.functional.linear(self.scale * nn.functional.linear(inputs[0], self.a), self.b)
        return own.add_(output) if own.dtype == output.dtype else output + own

    def delta(self) -> Tensor:
        """The change of W that the adapter makes: scale · B A, (outputs, inputs)."""
        return self.scale * (self.b @ self.a)

    def norm(self) -> float:
        """Frobenius norm of that change."""
        a, b = (matrix.detach().cpu().double() for matrix in (self.a, self.b))
        # |BA|² is the trace of BᵀB AAᵀ, two small matrices.
        return self.scale * math.sqrt(max(0.0, float(((b.T @ b) * (a @ a.T)).sum())))


class _Host:
    """An attention layer that reads the weights of its sublayers: during a call, the adapters are added to them."""

    def __init__(self, adapters: Sequence[tuple[nn.Module, str, Adapter]]) -> None:
        self._adapters = adapters
        self._own: list[nn.Parameter | None] = []

    def enter(self, _module: nn.Module, _inputs: Any) -> None:
        """Forward pre-hook of the layer."""
        # In float32 even if the pass computes in another type, in which the sum would lose small changes.
        with torch.autocast(self._adapters[0][2].a.device.type, enabled=False):
            merged = [getattr(owner, name) + one.delta() for owner, name, one in self._adapters]
        self._own = [owner._parameters[name] for owner, name, _ in self._adapters]
        for (owner, name, _), weight in zip(self._adapters, merged, strict=True):
            owner._parameters[name] = weight  # as `torch.func.functional_call` does

    def leave(self, _module: nn.Module, _inputs: Any, _output: Any) -> None:
        """Forward hook of the layer, called after an error, too."""
        for (owner, name, _), weight in zip(self._adapters, self._own, strict=False):
            owner._parameters[name] = weight
        self._own = []


class Adapters:
    """The adapters of a network.

    They have an effect from `attach` to `detach`; before training there is none, because B is 0.

    Args:
        network: The network, on the CPU.
        layers: Its linear layers that get adapters.
        rank: Rank of the adapters.
        alpha: LoRA's alpha: the scale of the adapters times their rank.
        seed: Seed of the matrices A.

    Raises:
        UserError: A layer has no weight matrix.
    """

    def __init__(self, network: nn.Module, layers: Sequence[LinearLayer], rank: int, alpha: float, seed: int) -> None:
        self._network, self._layers = network, tuple(layers)
        self._handles: list[RemovableHandle] = []
        generator = torch.Generator().manual_seed(seed)
        self.adapters: list[Adapter] = []
        self._sizes: list[float] = []
        for layer in self._layers:
            weight = leaf_tensors(network, layer.path).get(layer.weight)
            if weight is None or weight.ndim != 2:
                raise UserError(
                    f"The layer {layer.path} cannot get an adapter: it has no weight matrix.",
                    "Choose other layers for adapters (LoRA), or thaw layers instead.",
                )
            outputs, inputs = weight.shape
            self._sizes.append(float(torch.linalg.vector_norm(weight.detach().double())))
            # Uniform within ±1/√inputs, as torch initializes linear layers and the authors' code initializes A.
            bound = 1 / math.sqrt(inputs)
            a = torch.empty(rank, inputs).uniform_(-bound, bound, generator=generator)
            self.adapters.append(
                Adapter(layer.weight, nn.Parameter(a), nn.Parameter(torch.zeros(outputs, rank)), alpha / rank)
            )

    def attach(self) -> None:
        """Let the adapters take part in every pass from now on."""
        if self._handles:
            return
        hosts: dict[str, list[tuple[nn.Module, str, Adapter]]] = {}
        for layer, adapter in zip(self._layers, self.adapters, strict=True):
            if layer.host == layer.path:
                self._handles.append(self._network.get_submodule(layer.path).register_forward_hook(adapter.add))
            else:
                owner, _, name = layer.weight.rpartition(".")
                hosts.setdefault(layer.host, []).append((self._network.get_submodule(owner), name, adapter))
        for path, parts in hosts.items():
            host, module = _Host(parts), self._network.get_submodule(path)
            self._handles.append(module.register_forward_pre_hook(host.enter))
            self._handles.append(module.register_forward_hook(host.leave, always_call=True))

    def detach(self) -> None:
        """Restore the network as it is without adapters."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def require_effect(self, photo: Tensor) -> None:
        """Check in a pass of one photo (1, C, H, W), on the CPU, that the output depends on every adapter.

        Raises:
            UserError: The output does not depend on an adapter: the network reads the weight of its layer elsewhere.
        """
        self.attach()
        try:
            with torch.enable_grad():
                output = self._network(photo).float().sum()
                # No path from a matrix to the output gives None; a gradient of 0, as in an untrained block, does not.
                gradients = torch.autograd.grad(output, [one.b for one in self.adapters], allow_unused=True)
        finally:
            self.detach()
        idle = [layer.path for layer, one in zip(self._layers, gradients, strict=True) if one is None]
        if idle:
            raise UserError(
                f"Adapters (LoRA) have no effect on {len(idle)} of {len(self._layers)} layers, such as {idle[0]}.",
                "Choose other linear layers for adapters, or thaw layers instead.",
            )

    def parameters(self) -> dict[str, nn.Parameter]:
        """All matrices, by their names in files."""
        pairs = [((f"{one.weight}{A}", one.a), (f"{one.weight}{B}", one.b)) for one in self.adapters]
        return dict(pair for both in pairs for pair in both)

    def tensors(self) -> dict[str, Tensor]:
        """The content of files: all matrices, and their scale."""
        if not self.adapters:
            return {}
        return {**self.parameters(), SCALE: torch.tensor(self.adapters[0].scale)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Set the matrices to those of a file.

        Raises:
            UserError: The file has the matrices of other adapters.
        """
        own, network = self.parameters(), self._network.state_dict()
        stored = {name: tensor for name, tensor in tensors.items() if is_adapter(name, network) and name != SCALE}
        if {name: value.shape for name, value in own.items()} != {name: one.shape for name, one in stored.items()}:
            raise UserError("The checkpoint has other adapters (LoRA) than the run.", "Train again.")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(stored[name])

    def move(self, device: torch.device) -> None:
        """Move the matrices to the device of the network."""
        for parameter in self.parameters().values():
            parameter.data = parameter.data.to(device)

    def changes(self) -> tuple[AdapterChange, ...]:
        """The norm of each adapter's change of its weight, divided by the norm of the weight."""
        return tuple(
            AdapterChange(layer.path, one.norm() / size if size else one.norm())
            for layer, one, size in zip(self._layers, self.adapters, self._sizes, strict=True)
        )


def is_adapter(name: str, network: Container[str]) -> bool:
    """True for the name of a tensor of adapters in a file.

    Args:
        name: The name.
        network: Names of the network's own tensors: a user's network may have its own adapters.
    """
    return (name.endswith((A, B)) or name == SCALE) and name not in network


def merged(tensors: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a run with the adapters among them merged into the weights: W + (alpha / rank) B A.

    Args:
        tensors: Trained tensors of a network, by name.
        weights: The network's tensors before the run.

    Returns:
        Tensors of the network alone; a copy of `tensors` if it has no adapters.

    Raises:
        UserError: The adapters belong to another network.
    """
    if SCALE not in tensors:
        return dict(tensors)
    result = {name: tensor for name, tensor in tensors.items() if not is_adapter(name, weights)}
    scale = float(tensors[SCALE])
    for name in (name.removesuffix(A) for name in tensors if name.endswith(A) and name not in weights):
        a, b, weight = tensors[f"{name}{A}"], tensors.get(f"{name}{B}"), weights.get(name)
        if weight is None or b is None or weight.shape != (len(b), a.shape[1]):
            raise UserError(f"The adapters (LoRA) do not fit the backbone ({name}).", "Update the program.")
        delta = scale * (b.detach().double() @ a.detach().double())
        result[name] = (weight.detach().cpu().double() + delta.cpu()).to(weight.dtype)
    return result
