"""Sums of losses and metrics over batches, kept on the device: reading them waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MOST_LOSS = 1e6
"""A mean loss past it is an explosion: no head comes back from there."""


@dataclass(frozen=True)
class Means:
    """Mean loss, and the mean of each metric by its key; without those that were not summed from the start."""

    loss: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class PartialSums:
    """Sums over a part of a batch.

    Attributes:
        loss: Of the photos' losses.
        weight: Of how much they count.
        metrics: Of their metrics, by key.
        photos: How many there are.
    """

    loss: Tensor
    weight: Tensor
    metrics: Mapping[str, Tensor]
    photos: int


class RunningTotals:
    """Sums over some batches.

    Args:
        device: Where the sums are kept.
        keys: Of the metrics; the main one first.

    Attributes:
        seen: Photos so far.
    """

    def __init__(self, device: torch.device, keys: Sequence[str]) -> None:
        self._device, self._keys = device, tuple(keys)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._loss = torch.zeros((), device=self._device)
        self._weight = torch.zeros((), device=self._device)
        self._metrics = {key: torch.zeros((), device=self._device) for key in self._keys}
        self._bad = torch.full((), -1, dtype=torch.int64, device=self._device)
        self.seen = 0

    def add(self, batch: int, parts: Sequence[PartialSums]) -> None:
        """Add a batch in parts."""
        loss, weight = sum(part.loss for part in parts), sum(part.weight for part in parts)
        self._loss = self._loss + loss
        self._weight = self._weight + weight
        self._metrics = {key: total + sum(part.metrics[key] for part in parts) for key, total in self._metrics.items()}
        self.seen += sum(part.photos for part in parts)
        mean = torch.as_tensor(loss / weight)
        first = torch.full_like(self._bad, batch)
        self._bad = torch.where((self._bad < 0) & ~(mean <= MOST_LOSS), first, self._bad)  # not a number is not

    def read(self) -> tuple[float, float]:
        """Sum of losses and of weights so far."""
        return float(self._loss), float(self._weight)

    def means(self) -> Means:
        """Over all so far."""
        means = {key: float(total) / self.seen for key, total in self._metrics.items()}
        return Means(float(self._loss) / float(self._weight), means)

    def first_bad(self) -> int | None:
        """The first batch whose loss was no number or had exploded."""
        bad = int(self._bad)
        return None if bad < 0 else bad

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        seen = torch.tensor(self.seen)
        metrics = {f"metrics.{key}": total for key, total in self._metrics.items()}
        return {"loss": self._loss, "weight": self._weight, **metrics, "bad": self._bad, "seen": seen}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """As it was when `tensors` were taken."""
        self._loss, self._weight = tensors["loss"].to(self._device), tensors["weight"].to(self._device)
        self._bad = tensors["bad"].to(self._device)
        self.seen = int(tensors["seen"])
        # Checkpoints of version 0.1 hold the sum of the main metric alone, as "figure".
        sums = {self._keys[0]: tensors["figure"]} if "figure" in tensors else {}
        sums |= {key: tensors[f"metrics.{key}"] for key in self._keys if f"metrics.{key}" in tensors}
        self._metrics = {key: total.to(self._device) for key, total in sums.items()}
