"""What is learned: a class a photo, or a number a photo. The loss, and how predictions are told and judged.

The loop of training is the same for both; it knows neither labels nor softmax.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.evaluate import classification, regression
from studio.events import Dataset, Event, Judged, JudgedNumbers, Predicted, PredictedNumbers
from studio.spec import TrainSpec


class Task(Protocol):
    """What the loop asks of a task.

    Attributes:
        outputs: Scores the head gives for a photo.
        targets: One a photo of the data set, on the CPU.
        scale: What the head's scores are multiplied with to be in the unit of the targets.
        shift: What is added to them then.
    """

    outputs: int
    targets: Tensor
    scale: float
    shift: float

    def losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """(N,) loss of each photo as it trains, weighted; sums to the batch's loss once divided by `weights`' sum."""

    def weights(self, targets: Tensor) -> Tensor:
        """(N,) how much each photo counts."""

    def plain_losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """(N,) loss of each photo, neither smoothed nor weighted."""

    def figures(self, scores: Tensor, targets: Tensor) -> Tensor:
        """(N,) 1 for each photo that is right, or the absolute error in the unit of the targets."""

    def outcome(self, scores: Tensor) -> Tensor:
        """(N, K) class probabilities, or (N, 1) numbers."""

    def told(
        self, epoch: int, photos: NDArray[np.int64], outcome: NDArray[np.float32], figure: float
    ) -> Iterator[Event]:
        """Predictions of an epoch, and the judgment on them; `figure` is the mean one over the training photos."""


class Classes:
    """One of K classes a photo: cross-entropy."""

    scale = 1.0
    shift = 0.0

    def __init__(self, dataset: Dataset, train: NDArray[np.int64], spec: TrainSpec, device: torch.device) -> None:
        self._classes = dataset.classes
        self._smoothing = spec.label_smoothing
        self.outputs = len(dataset.classes)
        self.targets = torch.tensor([photo.label for photo in dataset.photos], dtype=torch.int64)
        self._weights = torch.ones(self.outputs, device=device)
        if spec.balance == "weights":
            self._weights = class_weights(self.targets[train], self.outputs).to(device)

    def losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy in nats, with smoothed labels and weighted classes."""
        return nn.functional.cross_entropy(
            scores, targets, self._weights, reduction="none", label_smoothing=self._smoothing
        )

    def weights(self, targets: Tensor) -> Tensor:
        """Of each photo's class."""
        return self._weights[targets]

    def plain_losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy in nats."""
        return nn.functional.cross_entropy(scores, targets, reduction="none")

    def figures(self, scores: Tensor, targets: Tensor) -> Tensor:
        """1 where the likeliest class is the right one."""
        return (scores.argmax(1) == targets).float()

    def outcome(self, scores: Tensor) -> Tensor:
        """Probabilities."""
        return scores.float().softmax(1)

    def told(
        self, epoch: int, photos: NDArray[np.int64], outcome: NDArray[np.float32], figure: float
    ) -> Iterator[Event]:
        """`Predicted` and `Judged`."""
        yield Predicted(epoch, photos, outcome)
        yield Judged(epoch, classification.report(self.targets[photos].numpy(), outcome, self._classes, figure))


class Numbers:
    """One number a photo: squared error of targets that are scaled to mean 0 and deviation 1 while it learns."""

    outputs = 1

    def __init__(self, dataset: Dataset, train: NDArray[np.int64]) -> None:
        self._raw = np.array([photo.target for photo in dataset.photos], dtype=np.float64)
        self._train = self._raw[train]
        self.shift = float(self._train.mean())
        self.scale = float(self._train.std()) or 1.0
        self.targets = torch.from_numpy((self._raw - self.shift) / self.scale).float()

    def losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Squared error."""
        return (scores[:, 0] - targets).square()

    def weights(self, targets: Tensor) -> Tensor:
        """All alike."""
        return torch.ones_like(targets)

    def plain_losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Squared error."""
        return self.losses(scores, targets)

    def figures(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Absolute error in the unit of the targets."""
        return (scores[:, 0] - targets).abs() * self.scale

    def outcome(self, scores: Tensor) -> Tensor:
        """In the unit of the targets."""
        return scores.float() * self.scale + self.shift

    def told(
        self, epoch: int, photos: NDArray[np.int64], outcome: NDArray[np.float32], figure: float
    ) -> Iterator[Event]:
        """`PredictedNumbers` and `JudgedNumbers`."""
        yield PredictedNumbers(epoch, photos, outcome[:, 0])
        yield JudgedNumbers(epoch, regression.report(self._raw[photos], outcome[:, 0], self._train, figure))


def of(dataset: Dataset, train: NDArray[np.int64], spec: TrainSpec, device: torch.device) -> Task:
    """The task of a data set; `train` are the positions of its training photos."""
    return Numbers(dataset, train) if dataset.target else Classes(dataset, train, spec, device)


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """(K,) weights n / (K · n_k), as scikit-learn's “balanced”: every class counts the same in all."""
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    return len(labels) / (classes * counts.float())
