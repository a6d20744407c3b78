"""Conversion of epochs to rows of a record (`run.json`, `metrics.jsonl`, a checkpoint) and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from studio.evaluate.metrics import OF_PREDICTIONS, OVER_EPOCHS, TaskName
from studio.events import Epoch, MetricValue

OWN = ("epoch", "train_loss", "val_loss", "seconds", "phase", "lr", "backbone_lr", "best")
"""Fields of `Epoch` with the same name in a record."""

ALWAYS: Mapping[str, float | None] = MappingProxyType(
    {"train_accuracy": 0.0, "val_accuracy": 0.0, "train_mae": None, "val_mae": None}
)
"""Keys that the rows of both tasks have, because scripts may read them, with the value where an epoch lacks them."""


def to_record(epoch: Epoch) -> dict[str, Any]:
    """Convert an epoch to a row for JSON, with each metric as `train_KEY` and `val_KEY`."""
    values = {f"train_{metric.key}": metric.train for metric in epoch.metrics}
    values |= {f"val_{metric.key}": metric.val for metric in epoch.metrics}
    return {**{name: getattr(epoch, name) for name in OWN}, **ALWAYS, **values}


def from_record(row: Mapping[str, Any]) -> Epoch:
    """Read an epoch from a row; fields that older records lack get their defaults, unknown ones are ignored.

    Raises:
        TypeError: A field without a default is missing.
    """
    own = {name: row[name] for name in OWN if name in row}
    values = []
    task = _task(row)
    for metric in (*OVER_EPOCHS[task][1:], *OF_PREDICTIONS[task]):
        val = row.get(f"val_{metric.key}")
        if val is not None:
            values.append(MetricValue(metric.key, row.get(f"train_{metric.key}"), val))
    return Epoch(**own, metrics=tuple(values))


def _task(row: Mapping[str, Any]) -> TaskName:
    # The accuracy does not distinguish the tasks: rows of a regression have an accuracy of 0; see `ALWAYS`.
    return "regression" if row.get("val_mae") is not None else "classification"
