"""Tasks: a class a photo, or a number a photo. Loss, metrics, and how predictions are judged.

The training loop is the same for both; it knows neither labels nor softmax.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.evaluate import classification, regression
from studio.evaluate.metrics import TaskName, over_epochs
from studio.events import Dataset, Epoch, Evaluated, Event, PredictedNumbers, PredictedProbabilities
from studio.spec import TrainSpec


class Task(Protocol):
    """A task, as the training loop uses it.

    Attributes:
        name: Of the rows of its metrics in `studio.evaluate.metrics`.
        outputs: Scores the head gives for a photo.
        targets: One a photo of the data set, on the CPU.
        scale: What the head's scores are multiplied with to be in the unit of the targets.
        shift: What is added to them then.
    """

    name: TaskName
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

    def drawing_chances(self, targets: Tensor) -> NDArray[np.float64] | None:
        """(N,) how likely each training photo is drawn, where classes are balanced by sampling; None for each once."""

    def outcome(self, scores: Tensor) -> Tensor:
        """(N, K) class probabilities, or (N, 1) numbers."""

    def judged(self, epoch: Epoch, photos: NDArray[np.int64], outcome: NDArray[np.float32]) -> Iterator[Event]:
        """Predictions of an epoch, and the report on them."""


class Classes:
    """One of K classes a photo: cross-entropy."""

    name: TaskName = "classification"
    scale = 1.0
    shift = 0.0

    def __init__(self, dataset: Dataset, train: NDArray[np.int64], spec: TrainSpec, device: torch.device) -> None:
        self._classes = dataset.classes
        self._smoothing, self._balance = spec.label_smoothing, spec.balance
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

    def drawing_chances(self, targets: Tensor) -> NDArray[np.float64] | None:
        """The same for each class in all."""
        if self._balance != "sampling":
            return None
        weights: NDArray[np.float64] = class_weights(targets, self.outputs)[targets].double().numpy()
        chances: NDArray[np.float64] = weights / weights.sum()
        return chances

    def outcome(self, scores: Tensor) -> Tensor:
        """Probabilities."""
        return scores.float().softmax(1)

    def judged(self, epoch: Epoch, photos: NDArray[np.int64], outcome: NDArray[np.float32]) -> Iterator[Event]:
        """`PredictedProbabilities` and `Evaluated`."""
        yield PredictedProbabilities(epoch.epoch, photos, outcome)
        truth = self.targets[photos].numpy()
        report = classification.report(truth, outcome, self._classes, epoch.train("accuracy"))
        yield Evaluated(epoch.epoch, report)


class Numbers:
    """One number a photo: squared error of targets that are scaled to mean 0 and deviation 1 while it learns."""

    name: TaskName = "regression"
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

    def drawing_chances(self, targets: Tensor) -> NDArray[np.float64] | None:
        """None: there are no classes to balance."""
        del targets
        return None

    def outcome(self, scores: Tensor) -> Tensor:
        """In the unit of the targets."""
        return scores.float() * self.scale + self.shift

    def judged(self, epoch: Epoch, photos: NDArray[np.int64], outcome: NDArray[np.float32]) -> Iterator[Event]:
        """`PredictedNumbers` and `Evaluated`."""
        yield PredictedNumbers(epoch.epoch, photos, outcome[:, 0])
        report = regression.report(self._raw[photos], outcome[:, 0], self._train, epoch.train("mae"))
        yield Evaluated(epoch.epoch, report)


def _is_right(task: Task, scores: Tensor, targets: Tensor) -> Tensor:
    """1 where the likeliest class is the right one."""
    del task
    return (scores.argmax(1) == targets).float()


def _absolute_error(task: Task, scores: Tensor, targets: Tensor) -> Tensor:
    """In the unit of the targets."""
    return (scores[:, 0] - targets).abs() * task.scale


PHOTO_METRICS: dict[str, Callable[[Task, Tensor, Tensor], Tensor]] = {"accuracy": _is_right, "mae": _absolute_error}
"""The function of each metric over epochs, by its key: (N,) a value a photo from scores (N, K) and targets (N,)."""


def metric_keys(task: Task) -> tuple[str, ...]:
    """Keys of the metrics over epochs of a task besides the loss; the main one first."""
    return tuple(row.key for row in over_epochs(task.name)[1:])


def metric_sums(task: Task, scores: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Each metric summed over some photos, by its key; an epoch has the means."""
    return {key: PHOTO_METRICS[key](task, scores, targets).sum() for key in metric_keys(task)}


def of(dataset: Dataset, train: NDArray[np.int64], spec: TrainSpec, device: torch.device) -> Task:
    """The task of a data set; `train` are the positions of its training photos."""
    return Numbers(dataset, train) if dataset.target else Classes(dataset, train, spec, device)


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """(K,) weights n / (K · n_k), as scikit-learn's “balanced”: every class counts the same in all."""
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    return len(labels) / (classes * counts.float())
