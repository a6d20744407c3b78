"""Which epoch of a run is the best, and which is its result: decided here and nowhere else.

The criterion is `TrainSpec.result`. A number that is not finite is worse than any other; of equal epochs the one with
the lower validation loss is better, then the earlier one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from studio.events import Epoch
from studio.spec import Result


def best_epoch(epochs: Iterable[Epoch], result: Result) -> Epoch | None:
    """The best epoch by the criterion; None of none."""
    return min(epochs, key=lambda epoch: rank(epoch, result), default=None)


def result_epoch(epochs: Iterable[Epoch], result: Result) -> Epoch | None:
    """The epoch whose weights, figures and predictions are those of the run; None of none."""
    known = tuple(epochs)
    if result == "last":
        return known[-1] if known else None
    return best_epoch(known, result)


def rank(epoch: Epoch, result: Result) -> tuple[float, float]:
    """What epochs are compared by: the lower, the better. Equal ranks: the earlier epoch."""
    loss = _finite(epoch.val_loss)
    if result == "last" or (result == "loss" and epoch.val_mae is None):
        return loss, 0.0
    # Among few photos many epochs are right as often; the loss tells which of them is the surest.
    return _finite(-epoch.val_accuracy if epoch.val_mae is None else epoch.val_mae), loss


def criterion(result: Result, regression: bool = False) -> str:
    """What the best epoch is the best in, in words: “lowest validation loss”."""
    if regression and result != "last":
        return "lowest mean absolute error"
    return "highest validation accuracy" if result == "metric" else "lowest validation loss"


def short_criterion(result: Result, regression: bool = False) -> str:
    """As `criterion`, for a column: “lowest loss”; that it is of the validation goes without saying there."""
    return criterion(result, regression).replace("validation ", "").replace("mean absolute ", "")


def result_words(epoch: int, epochs: int, result: Result, regression: bool = False) -> str:
    """Which epoch a run's figures are of, and why: “epoch 5 of 10, lowest validation loss”."""
    return epoch_words(epoch, epochs, "the last one" if result == "last" else criterion(result, regression))


def epoch_words(epoch: int, epochs: int, why: str) -> str:
    """“epoch 5 of 10, the last one”; no reason where there is only one."""
    return f"epoch {epoch} of {epochs}, {why}" if epochs > 1 else f"epoch {epoch}"


def from_record(row: Mapping[str, Any]) -> Epoch:
    """An epoch as a record holds it; what older records lack has its default."""
    known = {field.name for field in fields(Epoch)}
    return Epoch(**{name: value for name, value in row.items() if name in known})


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf
