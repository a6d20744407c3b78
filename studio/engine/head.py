"""The new last layer: what is trained first, and what is taken away as a file."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.engine.cache import Rows


class Head(nn.Module):
    """A linear map from D features to K classes, over features that are shifted and scaled first.

    Args:
        features: D.
        classes: K.
        seed: Of the first weights.
        mean: (D,) taken off each feature; None for none.
        deviation: (D,) each feature is divided by; None for none.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, features: int, classes: int, seed: int, mean: Tensor | None = None, deviation: Tensor | None = None
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(features, classes)
        generator = torch.Generator().manual_seed(seed)
        bound = 1 / math.sqrt(features)  # torch's own first weights, from a generator of this head alone
        with torch.no_grad():
            for parameter in self.linear.parameters():
                parameter.uniform_(-bound, bound, generator=generator)
        self.register_buffer("mean", mean if mean is not None else torch.zeros(features))
        self.register_buffer("deviation", deviation if deviation is not None else torch.ones(features))

    def forward(self, features: Tensor) -> Tensor:
        """(N, D) features to (N, K) scores."""
        scores: Tensor = self.linear((features - self.mean) / self.deviation)
        return scores

    def folded(self) -> dict[str, Tensor]:
        """`weight` (K, D) and `bias` (K,) of one plain linear layer on raw features that gives the same scores."""
        with torch.no_grad():
            weight, bias, mean, deviation = (  # on the CPU, because not every device has doubles
                tensor.cpu().double() for tensor in (self.linear.weight, self.linear.bias, self.mean, self.deviation)
            )
            weight = weight / deviation
            bias = bias - weight @ mean
        return {"weight": weight.float().contiguous(), "bias": bias.float().contiguous()}


def statistics(rows: Rows, which: NDArray[np.int64], block: int = 4096) -> tuple[Tensor, Tensor]:
    """Mean and deviation (D,) of features over some rows, read a block at a time.

    Deviations are kept above a hundredth of their mean, so that a feature that hardly ever moves is not blown up.
    """
    total = np.zeros(rows.shape[1])
    squares = np.zeros(rows.shape[1])
    for start in range(0, len(which), block):
        values = rows.take(which[start : start + block]).astype(np.float64)
        total += values.sum(0)
        squares += (values**2).sum(0)
    mean = total / len(which)
    deviation = np.sqrt(np.maximum(squares / len(which) - mean**2, 0))
    floor = max(0.01 * float(deviation.mean()), 1e-6)
    return torch.from_numpy(mean).float(), torch.from_numpy(np.maximum(deviation, floor)).float()
