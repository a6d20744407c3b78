"""Short comments on epochs: improving, best so far, overfitting.

They explain the losses to users who are not used to reading them, follow the rules of the verdict, and are short enough
for a row. The comment on an epoch depends on it and the epochs before it, except that only the best of all epochs, by
the criterion of the run, is called “best”.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from studio.evaluate.epochs import curve_rules
from studio.evaluate.epochs.best_epoch import best_epoch, result_epoch
from studio.evaluate.epochs.curve_rules import Pace
from studio.evaluate.metrics import criterion_metric, task_of_epochs
from studio.events import Epoch
from studio.formatting.numbers import strict_percent as percent
from studio.spec import Result

Tone = Literal["good", "plain", "caution", "bad"]

LESS_ACCURATE = 0.05
"""Difference between the highest accuracy and that of the epoch with the lowest loss that gives a warning."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A comment on one epoch.

    Attributes:
        words: A few words in lower case, without a period.
        tone: Whether it is good or bad news; determines the color.
    """

    words: str
    tone: Tone = "plain"


def observe(epochs: Sequence[Epoch], rule: Result = "loss", guessing: float = math.inf) -> tuple[Observation, ...]:
    """One observation per epoch, in the order of `epochs`.

    Args:
        epochs: Epochs of the run.
        rule: Criterion of the best one.
        guessing: Loss of guessing; infinite where it is unknown.
    """
    observations: list[Observation] = []
    best: Epoch | None = None
    lowest: Epoch | None = None
    pace = Pace(guessing)
    for epoch in epochs:
        pace.add(epoch)
        before, best = best, best_epoch((epoch,) if best is None else (best, epoch), rule)
        lowest = best_epoch((epoch,) if lowest is None else (lowest, epoch), "loss") or epoch
        if not curve_rules.is_finite(epoch):
            observations.append(Observation("loss is not a number: lower the learning rate", "bad"))
        elif pace.overshoots():
            observations.append(Observation("loss far too high: rate too high", "caution"))
        elif curve_rules.overfits_since(lowest, epoch):
            words = "validation loss rising while training loss falls: overfitting"
            observations.append(Observation(words, "caution"))
        elif pace.jumps and pace.jumps[-1] is epoch:
            high = pace.rate_too_high()
            words = "training loss jumped up again: the rate is too high" if high else "training loss jumped up"
            observations.append(Observation(words, "caution"))
        elif best is epoch:
            slow = pace.creeps()
            words = "hardly improving: rate too low" if slow else "improving"
            observations.append(Observation(words, "caution" if slow else "plain"))
        else:
            since = epoch.epoch - (before or epoch).epoch
            observations.append(Observation(f"no better for {since} epochs" if since > 1 else "no better"))
    last_best = best_epoch(epochs, rule)
    if last_best is not None and math.isfinite(last_best.val_loss):
        place = epochs.index(last_best)
        until = epochs[: place + 1]
        pace, doubt = Pace(guessing, until), ""
        if pace.overshoots():
            doubt = ", but rate too high"
        elif curve_rules.overfits(until):
            doubt = ", but overfitting"
        elif pace.creeps():
            doubt = ", but rate too low"
        observations[place] = Observation(f"best so far{doubt}", "good")
    return tuple(observations)


def warnings(
    epochs: Sequence[Epoch], rule: Result, photos: int, guessing: float = math.inf
) -> tuple[tuple[str, str], ...]:
    """Warnings about a complete run, each with a hint.

    Args:
        epochs: Epochs of the run.
        rule: Criterion of the best one.
        photos: Number of validation photos.
        guessing: Loss of guessing; infinite where it is unknown.
    """
    if rate := _wrong_rate(epochs, guessing):
        return (rate,)
    return tuple(pair for pair in (_overfitting(epochs, rule), _less_accurate(epochs, rule, photos)) if pair[0])


def _wrong_rate(epochs: Sequence[Epoch], guessing: float) -> tuple[str, str] | None:
    """Warning of a learning rate that explains a poor result, which other warnings would misjudge."""
    if words := curve_rules.overshoots(epochs, guessing):
        return "The learning rate is too high.", f"{words}{curve_rules.rate_words(epochs)}. {curve_rules.LOWER}"
    if words := curve_rules.creeping_words(epochs):
        return "The learning rate is too low.", f"{words}. {curve_rules.RAISE}"
    return None


def _overfitting(epochs: Sequence[Epoch], rule: Result) -> tuple[str, str]:
    words, result = curve_rules.overfitting_words(epochs), result_epoch(epochs, rule)
    if not words or result is None:
        return "", ""
    advice = "Train for fewer epochs, with more weight decay or with augmentation, or add photos."
    if not curve_rules.overfits(epochs[: epochs.index(result) + 1]):
        return (
            f"The later epochs overfit: {words}.",
            f"The result of the run, epoch {result.epoch}, is from before that. More epochs do not help: train with "
            "more weight decay or with augmentation, or add photos.",
        )
    note = f"Its result is epoch {result.epoch}. " if result is not epochs[-1] else ""
    return f"The run overfits: {words}.", f"{note}{advice}"


def _less_accurate(epochs: Sequence[Epoch], rule: Result, photos: int) -> tuple[str, str]:
    """Warning where the epoch with the lowest loss is clearly less accurate than another; likely with few photos."""
    result, other, task = result_epoch(epochs, rule), best_epoch(epochs, "metric"), task_of_epochs(epochs)
    metric = criterion_metric("metric", task)
    if rule != "loss" or result is None or other is None or metric == criterion_metric("loss", task):
        return "", ""
    most, own = other.val(metric.key) or 0.0, result.val(metric.key) or 0.0
    more = most - own
    # The tolerance lets 0.9 against 0.85 count; a difference of a single photo never counts.
    if more < LESS_ACCURATE - 1e-9 or round(more * photos) < 2:
        return "", ""
    return (
        f"Epoch {result.epoch} has the lowest validation loss and is the result of the run, but epoch {other.epoch} "
        f"classifies more validation photos correctly: {percent(most)} against {percent(own)}.",
        "With few validation photos the two can differ by chance. To select the epoch by accuracy, set Result to "
        "Accuracy (--result metric) and train again.",
    )
