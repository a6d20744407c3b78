"""The proof that frozen layers did not change."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from studio.engine.network.fingerprints import fingerprints
from studio.engine.network.freezing import Freezer
from studio.engine.network.layers import leaf_tensors
from studio.events import LayerChange, LayerTable


class FreezeProof:
    """The state of every leaf at the start of a run, and its changes since.

    For frozen leaves it stores a hash over their parameters and buffers, BatchNorm statistics included; for leaves that
    may change a copy as well, because a hash gives no distance.

    Args:
        network: Network before the training.
        freezer: Determines the leaves that may change.
    """

    def __init__(self, network: nn.Module, freezer: Freezer, table: LayerTable) -> None:
        self._network = network
        self._frozen = freezer.frozen
        self._following = frozenset(freezer.following)
        leaves = [layer.path for layer in table.layers if layer.leaf and leaf_tensors(network, layer.path)]
        self._hashes = fingerprints(network, leaves)
        self._copies = {
            path: {name: tensor.detach().cpu().clone() for name, tensor in leaf_tensors(network, path).items()}
            for path in freezer.moving
        }

    def measure(self) -> tuple[LayerChange, ...]:
        """The present change of every leaf, in the order of the table."""
        now = fingerprints(self._network, self._hashes)
        return tuple(
            LayerChange(path, path in self._frozen, now[path] == before, 0.0 if now[path] == before else self._by(path))
            for path, before in self._hashes.items()
        )

    def broken(self, changes: Iterable[LayerChange]) -> tuple[str, ...]:
        """Frozen leaves that changed against the plan; sorted."""
        return tuple(
            sorted(
                change.path
                for change in changes
                if change.frozen and not change.unchanged and not self._only_followed(change.path)
            )
        )

    def _by(self, path: str) -> float | None:
        """Relative norm of a leaf's change over all its tensors; None without a copy."""
        before = self._copies.get(path)
        if before is None:
            return None
        moved = size = 0.0
        for name, tensor in leaf_tensors(self._network, path).items():
            if tensor.is_floating_point():
                old = before[name].double()
                moved += float((tensor.detach().cpu().double() - old).square().sum())
                size += float(old.square().sum())
        return float((moved / size) ** 0.5) if size else float(moved**0.5)

    def _only_followed(self, path: str) -> bool:
        """True for a frozen BatchNorm layer whose statistics may change, if nothing else changed."""
        if path not in self._following:
            return False
        return all(
            torch.equal(tensor.detach().cpu(), self._copies[path][name])
            for name, tensor in leaf_tensors(self._network, path).items()
            if isinstance(tensor, nn.Parameter)
        )
