"""The course of a metric over epochs in one sentence, for those who do not see its curve."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studio.evaluate.metrics import Metric
from studio.events import Epoch
from studio.formatting import numbers

SAME = 0.01
"""A metric whose last value differs from its first by less than this share of the larger one stays where it was."""


def sentence(metric: Metric, epochs: Sequence[Epoch]) -> str:
    """The first, last and best value on the validation photos, and the last value on the training photos.

    Epochs that lack the metric are left out.

    Returns:
        “Validation accuracy rises from 61.0 % to 95.0 % over 20 epochs, best 96.0 % at epoch 17; training 97.0 %.”
    """
    rows = [(epoch.epoch, value) for epoch in epochs if math.isfinite(value := _value(epoch.val(metric.key)))]
    training = [value for epoch in epochs if math.isfinite(value := _value(epoch.train(metric.key)))]
    if not rows:
        return f"No {metric.validation_name} yet."
    first, last = rows[0][1], rows[-1][1]
    name = metric.validation_name
    name = name[:1].upper() + name[1:]
    if len(rows) == 1:
        text = f"{name} is {metric.text(last)} after 1 epoch"
    else:
        text = f"{name} {_course(first, last, metric)} over {numbers.many(len(rows), 'epoch')}"
        pick = max if metric.better == "up" else min
        at, best = pick(rows, key=lambda row: row[1])
        if at != rows[-1][0]:
            text += f", best {metric.text(best)} at epoch {at}"
    return f"{text}; training {metric.text(training[-1])}." if training else f"{text}."


def _course(first: float, last: float, metric: Metric) -> str:
    if abs(last - first) <= SAME * max(abs(first), abs(last)):
        return f"stays at {metric.text(last)}"
    return f"{'rises' if last > first else 'falls'} from {metric.text(first)} to {metric.text(last)}"


def _value(value: float | None) -> float:
    return math.nan if value is None else value
