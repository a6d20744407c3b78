"""The course of a metric over epochs in one sentence, for those who do not see its curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from studio.evaluate.metrics import Metric
from studio.events import Epoch
from studio.formatting import numbers

SAME = 0.01
"""A metric whose last value differs from its first by less than this share of the larger one stays where it was."""


def sentence(metric: Metric, epochs: Sequence[Epoch], worded: Callable[[str], str] = str) -> str:
    """The first, last and best value on the validation photos, and the last value on the training photos.

    Epochs that lack the metric are left out.

    Args:
        metric: The metric.
        epochs: The epochs.
        worded: Translates a text of the sentence, for the window.

    Returns:
        “Validation accuracy rises from 61.0 % to 95.0 % over 20 epochs, best 96.0 % at epoch 17; training 97.0 %.”
    """
    rows = [(epoch.epoch, value) for epoch in epochs if math.isfinite(value := _value(epoch.val(metric.key)))]
    training = [value for epoch in epochs if math.isfinite(value := _value(epoch.train(metric.key)))]
    if not rows:
        return worded("No {metric} yet.").format(metric=_name(metric, worded))
    first, last = rows[0][1], rows[-1][1]
    name = _name(metric, worded)
    name = name[:1].upper() + name[1:]
    if len(rows) == 1:
        text = worded("{metric} is {value} after 1 epoch").format(metric=name, value=metric.text(last))
    else:
        values = {"first": metric.text(first), "last": metric.text(last)}
        text = _course(first, last, worded).format(metric=name, epochs=numbers.exact(len(rows)), **values)
        pick = max if metric.better == "up" else min
        at, best = pick(rows, key=lambda row: row[1])
        if at != rows[-1][0]:
            text += worded(", best {value} at epoch {epoch}").format(value=metric.text(best), epoch=at)
    if training:
        text += worded("; training {value}").format(value=metric.text(training[-1]))
    return f"{text}."


def _name(metric: Metric, worded: Callable[[str], str]) -> str:
    if metric.of_validation:
        return worded(metric.of_validation)
    return worded("validation {metric}").format(metric=worded(metric.name))


def _course(first: float, last: float, worded: Callable[[str], str]) -> str:
    if abs(last - first) <= SAME * max(abs(first), abs(last)):
        return worded("{metric} stays at {last} over {epochs} epochs")
    if last > first:
        return worded("{metric} rises from {first} to {last} over {epochs} epochs")
    return worded("{metric} falls from {first} to {last} over {epochs} epochs")


def _value(value: float | None) -> float:
    return math.nan if value is None else value
