"""Sums of losses and metrics over batches, accumulated on the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MAX_LOSS = 1e6
"""Mean loss of a batch above which the training counts as diverged."""


@dataclass(frozen=True)
class Means:
    """Mean loss, and the mean of each metric by its key; metrics that an old checkpoint lacks are left out."""

    loss: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class PartialSums:
    """Sums over a part of a batch.

    Attributes:
        loss: Sum of the photos' losses.
        weight: Sum of their weights.
        metrics: Sum of each metric, by key.
        photos: Number of photos.
    """

    loss: Tensor
    weight: Tensor
    metrics: Mapping[str, Tensor]
    photos: int


class RunningTotals:
    """Sums over batches; reading them waits for the device.

    Args:
        device: Device that holds the sums.
        keys: Keys of the metrics; the main one first.

    Attributes:
        photos: Number of photos so far.
    """

    def __init__(self, device: torch.device, keys: Sequence[str]) -> None:
        self._device, self._keys = device, tuple(keys)
        self.clear()

    def clear(self) -> None:
        """Reset all sums to 0."""
        self._loss = torch.zeros((), device=self._device)
        self._weight = torch.zeros((), device=self._device)
        self._metrics = {key: torch.zeros((), device=self._device) for key in self._keys}
        self._bad = torch.full((), -1, dtype=torch.int64, device=self._device)
        self.photos = 0

    def add(self, batch: int, parts: Sequence[PartialSums]) -> None:
        """Add a batch, given in parts, by its index."""
        loss, weight = sum(part.loss for part in parts), sum(part.weight for part in parts)
        self._loss = self._loss + loss
        self._weight = self._weight + weight
        self._metrics = {key: total + sum(part.metrics[key] for part in parts) for key, total in self._metrics.items()}
        self.photos += sum(part.photos for part in parts)
        mean = torch.as_tensor(loss / weight)
        first = torch.full_like(self._bad, batch)
        self._bad = torch.where((self._bad < 0) & ~(mean <= MAX_LOSS), first, self._bad)  # `~` catches NaN, too

    def read(self) -> tuple[float, float]:
        """Sum of losses and of weights so far."""
        return float(self._loss), float(self._weight)

    def means(self) -> Means:
        """Means over all photos so far."""
        means = {key: float(total) / self.photos for key, total in self._metrics.items()}
        return Means(float(self._loss) / float(self._weight), means)

    def first_bad(self) -> int | None:
        """Index of the first batch whose mean loss was NaN or above `MAX_LOSS`; None if there was none."""
        bad = int(self._bad)
        return None if bad < 0 else bad

    def tensors(self) -> dict[str, Tensor]:
        """The sums as tensors, for a checkpoint."""
        seen = torch.tensor(self.photos)
        metrics = {f"metrics.{key}": total for key, total in self._metrics.items()}
        return {"loss": self._loss, "weight": self._weight, **metrics, "bad": self._bad, "seen": seen}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Set the sums to those of a checkpoint."""
        self._loss, self._weight = tensors["loss"].to(self._device), tensors["weight"].to(self._device)
        self._bad = tensors["bad"].to(self._device)
        self.photos = int(tensors["seen"])
        # Checkpoints of version 0.1 hold the sum of the main metric alone, as "figure".
        sums = {self._keys[0]: tensors["figure"]} if "figure" in tensors else {}
        sums |= {key: tensors[f"metrics.{key}"] for key in self._keys if f"metrics.{key}" in tensors}
        self._metrics = {key: total.to(self._device) for key, total in sums.items()}
