"""Lets a long forward or backward pass be stopped between two layers.

A job can be stopped wherever it yields, but one step of a large network on a CPU takes many seconds. While
`interruptible` holds, every layer asks `stop` before it runs, and again when its gradient has been computed. What is
raised leaves the weights as they were, because the optimizer had not stepped yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from studio.jobs.protocol import Interrupted, Stop, never


@contextmanager
def interruptible(network: nn.Module, stop: Stop) -> Iterator[None]:
    """Raise `Interrupted` from inside the network's passes once `stop` says so."""
    if stop is never:  # hooks on every layer cost more than a step of a head
        yield
        return

    def ask() -> None:
        if stop():
            raise Interrupted

    def before_backward(_gradient: Tensor) -> None:
        ask()

    def after(_module: nn.Module, _inputs: Any, output: Any) -> None:
        ask()
        if isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(before_backward)

    handles = [
        module.register_forward_hook(after) for module in network.modules() if not any(True for _ in module.children())
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
