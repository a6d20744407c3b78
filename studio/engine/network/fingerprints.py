"""Fingerprints of weights: equal where every bit is."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn


def fingerprint(network: nn.Module) -> str:
    """Hash of every parameter and buffer with name, shape and type: the identity of these weights, 32 hex digits."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in network.state_dict().items():
        update(digest, name, tensor)
    return digest.hexdigest()


def update(digest: hashlib.blake2b, name: str, tensor: Tensor) -> None:
    """Add one tensor to a hash, bit for bit."""
    digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
    digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
