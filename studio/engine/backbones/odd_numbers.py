"""Warnings, in words, about usable weights with odd numbers."""

from __future__ import annotations

from torch import Tensor

from studio.engine.weight_files import fitting

Weights = dict[str, Tensor]

HUGE = 1e6
"""A number larger than any that a trained layer was seen to hold."""

ZEROS = 1024
"""Zeros in a row that are worth a word: 4,096 bytes, as a lost block of a disk leaves them. The bundled weights have
25 at most."""


def huge(wanted: Weights) -> list[str]:
    """A word on numbers no training leads to."""
    for name, tensor in wanted.items():
        if tensor.ndim >= 2 and tensor.is_floating_point() and (most := float(tensor.abs().max())) > HUGE:
            return [f"{name} holds numbers up to {most:.1e}, which no training leads to"]
    return []


def zeros(wanted: Weights) -> list[str]:
    """A word on numbers that were lost: an interrupted copy leaves zeros where they should be."""
    for name, tensor in wanted.items():
        if tensor.ndim < 2 or not tensor.is_floating_point() or fitting.POSITIONS.search(name):
            continue
        flat = tensor.reshape(-1)
        blocks = flat[: flat.numel() // ZEROS * ZEROS].reshape(-1, ZEROS)
        if not bool(flat.any()):
            return [f"{name} holds nothing but zeros: the file may be damaged"]
        if not bool(blocks.any(dim=1).all()):
            return [f"{name} holds more than {ZEROS:,} zeros in a row: the file may be damaged, if it was not pruned"]
    return []
