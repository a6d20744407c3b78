"""Warnings about weights that can be used but may be damaged."""

from __future__ import annotations

from torch import Tensor

from studio.engine.weight_files import fitting

Weights = dict[str, Tensor]

HUGE = 1e6
"""Absolute value above those observed in trained layers."""

ZEROS = 1024
"""Consecutive zeros that cause a warning: 4,096 bytes, the size of a lost disk block. The bundled weights have at most
25."""


def huge(weights: Weights) -> list[str]:
    """Return a warning about the first tensor with implausibly large values."""
    for name, tensor in weights.items():
        if tensor.ndim >= 2 and tensor.is_floating_point() and (most := float(tensor.abs().max())) > HUGE:
            return [f"{name} holds values up to {most:.1e}; those of trained layers are much smaller"]
    return []


def zeros(weights: Weights) -> list[str]:
    """Return a warning about the first tensor with many consecutive zeros, which an interrupted copy leaves."""
    for name, tensor in weights.items():
        if tensor.ndim < 2 or not tensor.is_floating_point() or fitting.POSITIONS.search(name):
            continue
        flat = tensor.reshape(-1)
        blocks = flat[: flat.numel() // ZEROS * ZEROS].reshape(-1, ZEROS)
        if not bool(flat.any()):
            return [f"{name} holds only zeros: the file may be damaged"]
        if not bool(blocks.any(dim=1).all()):
            return [
                f"{name} holds at least {ZEROS:,} consecutive zeros: unless the weights were pruned, the file may be "
                "damaged"
            ]
    return []
