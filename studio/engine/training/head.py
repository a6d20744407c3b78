"""The new last layers: what is trained first, and what is taken away as a file."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.engine.device import random_state
from studio.spec import HeadSpec

LEAST_DEVIATION = 0.1
"""Share of the mean deviation that a feature is divided by at least."""


class Head(nn.Module):
    """Maps D features to K scores: shifted and scaled, through a hidden layer where one is asked for, then linear.

    Args:
        features: D.
        outputs: K classes, or 1 number.
        spec: Its form.
        seed: Of the first weights.
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
        # What random weights say along directions in which the photos hardly differ would never be unlearned: with few
        # photos and many features that costs a percent and more (`docs/decisions/0014`).
        if outputs == 1 or spec.start == "zero":
            nn.init.zeros_(self.linear.weight)
            nn.init.zeros_(self.linear.bias)
        self.dropout = nn.Dropout(spec.dropout)
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def standardize(self, mean: Tensor, deviation: Tensor) -> None:
        """Take `mean` (D,) off each feature and divide it by `deviation` (D,) from now on."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def forward(self, features: Tensor) -> Tensor:
        """(N, D) features to (N, K) scores."""
        values = (features - self.mean) / self.deviation
        if self.hidden is not None:
            values = self.dropout(torch.relu(self.hidden(values)))
        scores: Tensor = self.linear(values)
        return scores

    def folded(self, scale: float = 1.0, shift: float = 0.0) -> dict[str, Tensor]:
        """Plain layers on raw features that give `scores * scale + shift`.

        Returns:
            `weight` (K, W) and `bias` (K,) of the last layer; before it, where there is a hidden layer,
            `hidden.weight` (W, D) and `hidden.bias` (W,), with a ReLU between the two. Without one W is D.
        """
        first = self.linear if self.hidden is None else self.hidden
        with torch.no_grad():
            mean, deviation = _doubles(self.mean, self.deviation)
            weight, bias = _doubles(first.weight, first.bias)
            weight = weight / deviation
            bias = bias - weight @ mean
            tensors = {"hidden.weight": weight, "hidden.bias": bias} if self.hidden is not None else {}
            if self.hidden is not None:
                weight, bias = _doubles(self.linear.weight, self.linear.bias)
            tensors |= {"weight": weight * scale, "bias": bias * scale + shift}
        return {name: tensor.float().contiguous() for name, tensor in tensors.items()}


def plain(tensors: dict[str, Tensor]) -> nn.Sequential:
    """The network of a folded head: (N, D) raw features to (N, K) scores, in eval mode."""
    layers: list[nn.Module] = []
    for name in ("hidden.", ""):
        if f"{name}weight" in tensors:
            outputs, width = tensors[f"{name}weight"].shape
            with random_state.restored():  # the first weights are drawn, though these take their place
                layer = nn.Linear(width, outputs)
            layer.load_state_dict({"weight": tensors[f"{name}weight"], "bias": tensors[f"{name}bias"]})
            layers += [layer] if not name else [layer, nn.ReLU()]
    return nn.Sequential(*layers).eval()


def statistics(blocks: Iterable[NDArray[np.floating]]) -> tuple[Tensor, Tensor]:
    """Mean and deviation (D,) of features over the rows of some blocks (n, D), read one at a time.

    Deviations are kept above a tenth of their mean, so that a feature that hardly ever moves is not blown up: one odd
    photo could throw a learned number far off (`docs/decisions/0005`).
    """
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for block in blocks:
        values = block.astype(np.float64)
        count += len(values)
        total = total + values.sum(0)
        squares = squares + (values**2).sum(0)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    floor = max(LEAST_DEVIATION * float(deviation.mean()), 1e-6)
    return torch.from_numpy(mean).float(), torch.from_numpy(np.maximum(deviation, floor)).float()


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """With torch's own first weights, from a generator of this head alone."""
    with random_state.restored():
        layer = nn.Linear(inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-bound, bound, generator=generator)
    return layer


def _doubles(*tensors: Tensor) -> list[Tensor]:
    """On the CPU, because not every device has doubles."""
    return [tensor.detach().cpu().double() for tensor in tensors]
