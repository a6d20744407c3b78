"""Interruption of a long forward or backward pass between two layers.

A job can be stopped at each yield, but one step of a large network on a CPU takes many seconds. Inside `interruptible`,
every layer that takes time calls `stop` after its forward pass and before its backward pass. The exception leaves the
weights unchanged, because the optimizer has not stepped yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from studio.jobs.protocol import Interrupted, Stop, never

LIGHT_MODULES = frozenset(
    f"torch.nn.modules.{name}" for name in ("activation", "batchnorm", "dropout", "normalization")
)
"""Modules of torch whose layers take little time. In a small network, hooks on them took a fifth of a pass."""

LIGHT_CLASSES = (nn.Identity, nn.Flatten, nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)


@contextmanager
def interruptible(network: nn.Module, stop: Stop) -> Iterator[None]:
    """Raise `Interrupted` from the network's passes once `stop` returns True."""
    if stop is never:  # hooks on every layer cost more than a step of a head
        yield
        return

    def check() -> None:
        if stop():
            raise Interrupted

    def before_backward(_gradient: Tensor) -> None:
        check()

    def after_forward(_module: nn.Module, _inputs: Any, output: Any) -> None:
        check()
        if isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(before_backward)

    leaves = [module for module in network.modules() if not any(True for _ in module.children())]
    heavy = [module for module in leaves if not _is_light(module)]
    handles = [module.register_forward_hook(after_forward) for module in heavy or leaves]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _is_light(layer: nn.Module) -> bool:
    kind = type(layer)
    if kind is nn.MultiheadAttention:
        return False
    return isinstance(layer, LIGHT_CLASSES) or kind.__module__ in LIGHT_MODULES
