"""Loss and figures summed over batches, kept on the device: reading them waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MOST_LOSS = 1e6
"""A mean loss past it is an explosion: no head comes back from there."""


@dataclass(frozen=True)
class Means:
    """Mean loss, and the mean figure: the share right, or the absolute error."""

    loss: float
    figure: float


class RunningTotals:
    """Sums over some batches.

    Args:
        device: Where the sums are kept.

    Attributes:
        seen: Photos so far.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._loss = torch.zeros((), device=self._device)
        self._weight = torch.zeros((), device=self._device)
        self._figure = torch.zeros((), device=self._device)
        self._bad = torch.full((), -1, dtype=torch.int64, device=self._device)
        self.seen = 0

    def add(self, batch: int, parts: Sequence[tuple[Tensor, Tensor, Tensor, int]]) -> None:
        """Add a batch in parts: sums of losses, of weights and of figures, and the number of photos."""
        loss, weight = sum(part[0] for part in parts), sum(part[1] for part in parts)
        self._loss = self._loss + loss
        self._weight = self._weight + weight
        self._figure = self._figure + sum(part[2] for part in parts)
        self.seen += sum(part[3] for part in parts)
        mean = torch.as_tensor(loss / weight)
        first = torch.full_like(self._bad, batch)
        self._bad = torch.where((self._bad < 0) & ~(mean <= MOST_LOSS), first, self._bad)  # not a number is not

    def read(self) -> tuple[float, float]:
        """Sum of losses and of weights so far."""
        return float(self._loss), float(self._weight)

    def means(self) -> Means:
        """Over all so far."""
        return Means(float(self._loss) / float(self._weight), float(self._figure) / self.seen)

    def first_bad(self) -> int | None:
        """The first batch whose loss was no number or had exploded."""
        bad = int(self._bad)
        return None if bad < 0 else bad

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        seen = torch.tensor(self.seen)
        return {"loss": self._loss, "weight": self._weight, "figure": self._figure, "bad": self._bad, "seen": seen}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """As it was when `tensors` were taken."""
        self._loss, self._weight = tensors["loss"].to(self._device), tensors["weight"].to(self._device)
        self._figure, self._bad = tensors["figure"].to(self._device), tensors["bad"].to(self._device)
        self.seen = int(tensors["seen"])
