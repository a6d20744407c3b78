"""Hashes of weights, which are equal only if every bit is equal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from studio.engine.network.layers import leaf_tensors


def fingerprint(network: nn.Module) -> str:
    """Return a hash of every parameter and buffer with its name, shape and type; 32 hex digits."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in network.state_dict().items():
        update(digest, name, tensor)
    return digest.hexdigest()


def update(digest: hashlib.blake2b, name: str, tensor: Tensor) -> None:
    """Add one tensor to a hash, bit for bit."""
    digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
    digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)


def fingerprints(network: nn.Module, leaves: Iterable[str]) -> dict[str, str]:
    """Return a hash per leaf over its parameters and buffers, BatchNorm statistics included."""
    result: dict[str, str] = {}
    for path in leaves:
        digest = hashlib.blake2b(digest_size=16)
        for name, tensor in leaf_tensors(network, path).items():
            update(digest, name, tensor)
        result[path] = digest.hexdigest()
    return result
