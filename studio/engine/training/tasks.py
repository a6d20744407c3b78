"""Tasks, classification and regression: their loss, metrics and evaluation.

The training loop is the same for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.evaluate import classification, regression
from studio.evaluate.metrics import OF_PREDICTIONS, TaskName, criterion_metric, over_epochs
from studio.events import Dataset, Epoch, Evaluated, Event, MetricValue, PredictedNumbers, PredictedProbabilities
from studio.spec import Result, TrainSpec


class Task(Protocol):
    """A task, as the training loop uses it.

    Attributes:
        name: Name of the task in the metrics table, `studio.evaluate.metrics`.
        outputs: Number of scores per photo.
        targets: Target of each photo of the data set, on the CPU.
        scale: Factor from the head's scores to the unit of the targets.
        shift: Added to the scaled scores.
    """

    name: TaskName
    outputs: int
    targets: Tensor
    scale: float
    shift: float

    def losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Weighted training loss (N,) of each photo; the batch's loss is their sum divided by that of `weights`."""

    def weights(self, targets: Tensor) -> Tensor:
        """Weight (N,) of each photo in the loss."""

    def plain_losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Validation loss (N,) of each photo, without label smoothing and weights."""

    def sampling_probabilities(self, targets: Tensor) -> NDArray[np.float64] | None:
        """Probability (N,) with which each training photo is drawn; None to take each photo once an epoch."""

    def outcome(self, scores: Tensor) -> Tensor:
        """Class probabilities (N, K), or numbers (N, 1)."""

    def of_predictions(self, key: str, photos: NDArray[np.int64], outcome: NDArray[np.float32]) -> float:
        """A metric of `metrics.OF_PREDICTIONS`, from the predictions of the validation photos."""

    def evaluate(
        self, epoch: Epoch, photos: NDArray[np.int64], outcome: NDArray[np.float32], epochs: Sequence[Epoch] = ()
    ) -> Iterator[Event]:
        """Yield the predictions of an epoch and the report on them; `epochs` are all of the run so far."""


class Classification:
    """Predicts one of K classes for each photo; the loss is the cross-entropy."""

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
        """Cross-entropy (N,) in nats, with smoothed labels and weighted classes."""
        return nn.functional.cross_entropy(
            scores, targets, self._weights, reduction="none", label_smoothing=self._smoothing
        )

    def weights(self, targets: Tensor) -> Tensor:
        """Weight (N,) of each photo's class."""
        return self._weights[targets]

    def plain_losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy (N,) in nats."""
        return nn.functional.cross_entropy(scores, targets, reduction="none")

    def sampling_probabilities(self, targets: Tensor) -> NDArray[np.float64] | None:
        """Probabilities (N,) whose sum is the same for each class, if classes are balanced by sampling."""
        if self._balance != "sampling":
            return None
        weights: NDArray[np.float64] = class_weights(targets, self.outputs)[targets].double().numpy()
        probabilities: NDArray[np.float64] = weights / weights.sum()
        return probabilities

    def outcome(self, scores: Tensor) -> Tensor:
        """Class probabilities (N, K): the softmax of the scores."""
        return scores.float().softmax(1)

    def of_predictions(self, key: str, photos: NDArray[np.int64], outcome: NDArray[np.float32]) -> float:
        """The macro F1."""
        assert key == "macro_f1"
        return classification.macro_f1(self.targets[photos].numpy(), outcome, self.outputs)

    def evaluate(
        self, epoch: Epoch, photos: NDArray[np.int64], outcome: NDArray[np.float32], epochs: Sequence[Epoch] = ()
    ) -> Iterator[Event]:
        """Yield `PredictedProbabilities` and `Evaluated`."""
        yield PredictedProbabilities(epoch.epoch, photos, outcome)
        truth = self.targets[photos].numpy()
        report = classification.report(truth, outcome, self._classes, epoch.train("accuracy"), epochs)
        yield Evaluated(epoch.epoch, report)


class Regression:
    """Predicts a number for each photo; the loss is the squared error of targets with mean 0 and deviation 1."""

    name: TaskName = "regression"
    outputs = 1

    def __init__(self, dataset: Dataset, train: NDArray[np.int64]) -> None:
        self._raw = np.array([photo.target for photo in dataset.photos], dtype=np.float64)
        self._train = self._raw[train]
        self.shift = float(self._train.mean())
        self.scale = float(self._train.std()) or 1.0
        self.targets = torch.from_numpy((self._raw - self.shift) / self.scale).float()

    def losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Squared error (N,) of the scaled targets."""
        return (scores[:, 0] - targets).square()

    def weights(self, targets: Tensor) -> Tensor:
        """Weight 1 for each photo."""
        return torch.ones_like(targets)

    def plain_losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Squared error (N,) of the scaled targets."""
        return self.losses(scores, targets)

    def sampling_probabilities(self, targets: Tensor) -> NDArray[np.float64] | None:
        """None: there are no classes to balance."""
        del targets
        return None

    def outcome(self, scores: Tensor) -> Tensor:
        """Numbers (N, 1) in the unit of the targets."""
        return scores.float() * self.scale + self.shift

    def of_predictions(self, key: str, photos: NDArray[np.int64], outcome: NDArray[np.float32]) -> float:
        """None is defined for numbers."""
        del photos, outcome
        raise KeyError(key)

    def evaluate(
        self, epoch: Epoch, photos: NDArray[np.int64], outcome: NDArray[np.float32], epochs: Sequence[Epoch] = ()
    ) -> Iterator[Event]:
        """Yield `PredictedNumbers` and `Evaluated`."""
        yield PredictedNumbers(epoch.epoch, photos, outcome[:, 0])
        report = regression.report(self._raw[photos], outcome[:, 0], self._train, epoch.train("mae"), epochs)
        yield Evaluated(epoch.epoch, report)


def _is_correct(task: Task, scores: Tensor, targets: Tensor) -> Tensor:
    """1 for each photo whose highest score is that of the true class, else 0."""
    del task
    return (scores.argmax(1) == targets).float()


def _absolute_error(task: Task, scores: Tensor, targets: Tensor) -> Tensor:
    """Absolute error (N,) in the unit of the targets."""
    return (scores[:, 0] - targets).abs() * task.scale


PHOTO_METRICS: dict[str, Callable[[Task, Tensor, Tensor], Tensor]] = {"accuracy": _is_correct, "mae": _absolute_error}
"""Function of each metric over epochs, by its key: the value of each photo (N,) from scores (N, K) and targets (N,)."""


def metric_keys(task: Task) -> tuple[str, ...]:
    """Keys of a task's metrics over epochs besides the loss; the main one first."""
    return tuple(row.key for row in over_epochs(task.name)[1:])


def metric_sums(task: Task, scores: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Sum of each metric over the photos, by its key."""
    return {key: PHOTO_METRICS[key](task, scores, targets).sum() for key in metric_keys(task)}


def epoch_metrics(
    task: Task,
    result: Result,
    train: Mapping[str, float],
    val: Mapping[str, float],
    photos: NDArray[np.int64],
    outcome: NDArray[np.float32],
) -> tuple[MetricValue, ...]:
    """The metrics of an epoch besides the loss: means over photos, and the criterion if it is not such a mean.

    Args:
        task: The task.
        result: The criterion of the best epoch.
        train: Means over the training photos, by key.
        val: Means over the validation photos, by key.
        photos: The validation photos.
        outcome: Their predictions.
    """
    values = [MetricValue(key, train.get(key), value) for key, value in val.items()]
    key = criterion_metric(result, task.name).key
    if key in [row.key for row in OF_PREDICTIONS[task.name]]:
        values.append(MetricValue(key, None, task.of_predictions(key, photos, outcome)))
    return tuple(values)


def of(dataset: Dataset, train: NDArray[np.int64], spec: TrainSpec, device: torch.device) -> Task:
    """Make the task of a data set; `train` are the positions of its training photos."""
    return Regression(dataset, train) if dataset.target else Classification(dataset, train, spec, device)


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """Class weights (K,) n / (K · n_k), as scikit-learn's “balanced”: the sum over a class is the same for all."""
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    return len(labels) / (classes * counts.float())
