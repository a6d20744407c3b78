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

    It stores a hash of each leaf's parameters and buffers, including BatchNorm statistics, and for leaves that may
    change also a copy, to compute the size of the change.

    Args:
        network: Network before the training.
        freezer: Determines the leaves that may change.
        table: Layers of the network.
    """

    def __init__(self, network: nn.Module, freezer: Freezer, table: LayerTable) -> None:
        self._network = network
        self._frozen = freezer.frozen
        self._statistics_only = frozenset(freezer.statistics_only)
        leaves = [layer.path for layer in table.layers if layer.leaf and leaf_tensors(network, layer.path)]
        self._hashes = fingerprints(network, leaves)
        self._copies = {
            path: {name: tensor.detach().cpu().clone() for name, tensor in leaf_tensors(network, path).items()}
            for path in freezer.changeable
        }

    def measure(self) -> tuple[LayerChange, ...]:
        """Return the change of every leaf since the start, in the order of the table."""
        now = fingerprints(self._network, self._hashes)
        return tuple(
            LayerChange(
                path,
                path in self._frozen,
                now[path] == before,
                0.0 if now[path] == before else self._relative_change(path),
            )
            for path, before in self._hashes.items()
        )

    def broken(self, changes: Iterable[LayerChange]) -> tuple[str, ...]:
        """Return the paths of frozen leaves that changed against the plan, sorted."""
        return tuple(
            sorted(
                change.path
                for change in changes
                if change.frozen and not change.unchanged and not self._only_statistics_changed(change.path)
            )
        )

    def _relative_change(self, path: str) -> float | None:
        """Return the norm of a leaf's change divided by the norm of the leaf; None without a copy."""
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

    def _only_statistics_changed(self, path: str) -> bool:
        """True for a frozen BatchNorm layer whose statistics may change, if nothing else changed."""
        if path not in self._statistics_only:
            return False
        return all(
            torch.equal(tensor.detach().cpu(), self._copies[path][name])
            for name, tensor in leaf_tensors(self._network, path).items()
            if isinstance(tensor, nn.Parameter)
        )
