"""The head: the new last layers, from features to scores."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.engine.device import random_state
from studio.spec import HeadSpec

MIN_DEVIATION = 0.1
"""Lower bound of a feature's standard deviation, as a share of the mean one over all features."""


class Head(nn.Module):
    """Maps D features to K scores: standardization, an optional hidden layer with ReLU and dropout, a linear layer.

    Args:
        features: Number of features D.
        outputs: Number of scores K: the classes, or 1 for regression.
        spec: Linear or MLP, its width, dropout and initialization.
        seed: Seed of the initial weights.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, features: int, outputs: int, spec: HeadSpec, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.hidden: nn.Linear | None = None
        width = features
        if spec.kind == "mlp":
            self.hidden = _linear(features, spec.hidden, generator)
            width = spec.hidden
        self.linear = _linear(width, outputs, generator)
        # Training never corrects random weights along directions in which the photos hardly differ: with few photos and
        # many features that costs a percent of accuracy and more (`docs/decisions/0014`).
        if outputs == 1 or spec.start == "zero":
            nn.init.zeros_(self.linear.weight)
            nn.init.zeros_(self.linear.bias)
        self.dropout = nn.Dropout(spec.dropout)
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def standardize(self, mean: Tensor, deviation: Tensor) -> None:
        """Set the mean (D,) that is subtracted from the features and the standard deviation (D,) that divides them."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def forward(self, features: Tensor) -> Tensor:
        """Scores (N, K) of features (N, D)."""
        values = (features - self.mean) / self.deviation
        if self.hidden is not None:
            values = self.dropout(torch.relu(self.hidden(values)))
        scores: Tensor = self.linear(values)
        return scores

    def folded_weights(self, scale: float = 1.0, shift: float = 0.0) -> dict[str, Tensor]:
        """Weights of plain linear layers that map raw features to `scores * scale + shift`.

        Returns:
            `weight` (K, W) and `bias` (K,) of the last layer; for an MLP also `hidden.weight` (W, D) and
            `hidden.bias` (W,), with a ReLU between the two layers. Without a hidden layer W is D.
        """
        first = self.linear if self.hidden is None else self.hidden
        with torch.no_grad():
            mean, deviation = _to_float64(self.mean, self.deviation)
            weight, bias = _to_float64(first.weight, first.bias)
            weight = weight / deviation
            bias = bias - weight @ mean
            tensors = {"hidden.weight": weight, "hidden.bias": bias} if self.hidden is not None else {}
            if self.hidden is not None:
                weight, bias = _to_float64(self.linear.weight, self.linear.bias)
            tensors |= {"weight": weight * scale, "bias": bias * scale + shift}
        return {name: tensor.float().contiguous() for name, tensor in tensors.items()}


def statistics(blocks: Iterable[NDArray[np.floating]]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (D,) of features over the rows of blocks (n, D), read one at a time.

    Standard deviations have a lower bound, a tenth of their mean (`MIN_DEVIATION`).
    """
    # Without the bound a nearly constant feature would be scaled up so much that one unusual photo could move a
    # predicted number far off (`docs/decisions/0005`).
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for block in blocks:
        values = block.astype(np.float64)
        count += len(values)
        total = total + values.sum(0)
        squares = squares + (values**2).sum(0)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    floor = max(MIN_DEVIATION * float(deviation.mean()), 1e-6)
    return torch.from_numpy(mean).float(), torch.from_numpy(np.maximum(deviation, floor)).float()


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """A linear layer with torch's default initialization, drawn from a generator of its own."""
    with random_state.fork():
        layer = nn.Linear(inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-bound, bound, generator=generator)
    return layer


def _to_float64(*tensors: Tensor) -> list[Tensor]:
    """Copies of tensors in float64 on the CPU."""
    # On the CPU because not every device has float64.
    return [tensor.detach().cpu().double() for tensor in tensors]
