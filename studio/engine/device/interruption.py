"""Interruption of a long forward or backward pass between two layers.

A job can be stopped at each yield, but one step of a large network on a CPU takes many seconds. Inside `interruptible`,
every layer calls `stop` after its forward pass and before its backward pass. The exception leaves the weights
unchanged, because the optimizer has not stepped yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from studio.jobs.protocol import Interrupted, Stop, never


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

    handles = [
        module.register_forward_hook(after_forward)
        for module in network.modules()
        if not any(True for _ in module.children())
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
