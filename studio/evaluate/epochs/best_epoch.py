"""Selection of a run's best epoch and of its result; no other module decides this.

The criterion is `TrainSpec.result`. A value that is not finite is worse than any other. Ties are broken by the lower
validation loss, then by the earlier epoch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from studio.evaluate.metrics import TaskName, criterion_metric, task_of_epochs
from studio.events import Epoch
from studio.spec import Result, TrainSpec


def best_epoch(epochs: Iterable[Epoch], result: Result) -> Epoch | None:
    """The best epoch by the criterion; None without epochs."""
    return min(epochs, key=lambda epoch: rank(epoch, result), default=None)


def result_epoch(epochs: Iterable[Epoch], result: Result) -> Epoch | None:
    """The epoch whose weights, figures and predictions are those of the run; None without epochs."""
    all_epochs = tuple(epochs)
    if result == "last":
        return all_epochs[-1] if all_epochs else None
    return best_epoch(all_epochs, result)


def is_over(spec: TrainSpec, epochs: Sequence[Epoch]) -> bool:
    """True where early stopping ends the run: no better epoch for `patience` epochs. Never during head warm-up."""
    best = best_epoch(epochs, spec.result)
    if spec.patience == 0 or len(epochs) <= spec.head_epochs or best is None:
        return False
    # After an extension, patience starts over.
    ends = [spec.head_epochs + end for end in (0, *spec.extended)]
    return len(epochs) - max(best.epoch, *(end for end in ends if end <= len(epochs))) >= spec.patience


def rank(epoch: Epoch, result: Result) -> tuple[float, float]:
    """Sort key of an epoch: lower is better. Of equal ranks, the earlier epoch is better."""
    metric = criterion_metric(result, task_of_epochs((epoch,)))
    value = epoch.val(metric.key)
    # With few photos, many epochs have the same accuracy; the loss decides among them.
    return _cost(value, metric.better == "up"), _cost(epoch.val_loss)


def criterion(result: Result, task: TaskName) -> str:
    """The criterion of the best epoch in words: “lowest validation loss”."""
    metric = criterion_metric(result, task)
    return f"{_extreme(metric.better)} {metric.validation_name}"


def short_criterion(result: Result, task: TaskName) -> str:
    """Like `criterion`, without “validation”, for a column: “lowest loss”."""
    metric = criterion_metric(result, task)
    return f"{_extreme(metric.better)} {metric.short_name}"


def short_result(epoch: int, result: Result, task: TaskName) -> str:
    """The result epoch and its criterion, for a column: “4, lowest loss”, “10, last”; “–” for epoch 0."""
    if not epoch:
        return "–"
    return f"{epoch}, {'last' if result == 'last' else short_criterion(result, task)}"


def result_words(epoch: int, epochs: int, result: Result, task: TaskName) -> str:
    """The result epoch and its criterion in words: “epoch 5 of 10, lowest validation loss”."""
    return epoch_words(epoch, epochs, "the last one" if result == "last" else criterion(result, task))


def epoch_words(epoch: int, epochs: int, why: str) -> str:
    """An epoch with a reason: “epoch 5 of 10, the last one”; without the reason if it is the only one."""
    return f"epoch {epoch:,} of {epochs:,}, {why}" if epochs > 1 else f"epoch {epoch}"


def _extreme(better: str) -> str:
    return "highest" if better == "up" else "lowest"


def _cost(value: float | None, up: bool = False) -> float:
    """A value as a cost: lower is better; infinite where it is missing or not finite."""
    if value is None or not math.isfinite(value):
        return math.inf
    return -value if up else value
