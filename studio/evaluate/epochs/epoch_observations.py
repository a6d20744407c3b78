"""Short comments on epochs: improving, best so far, overfitting.

They explain the losses to users who cannot interpret them. The comment on an epoch depends on the epochs before it,
except that only the best of all epochs, by the criterion of the run, is called “best”.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from studio.evaluate.epochs.best_epoch import best_epoch, result_epoch
from studio.evaluate.metrics import criterion_metric, task_of_epochs
from studio.evaluate.verdicts import percent
from studio.events import Epoch
from studio.spec import Result

Tone = Literal["good", "plain", "caution", "bad"]

LATER = 3
"""Epochs since the lowest validation loss from which on a higher one counts as overfitting; two may be noise."""

ABOVE = 0.05
"""Relative rise of the validation loss above its lowest value that counts as overfitting."""

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


def observe(epochs: Sequence[Epoch], rule: Result = "loss") -> tuple[Observation, ...]:
    """One observation per epoch, in the order of `epochs`; `rule` is the criterion of the best one."""
    observations: list[Observation] = []
    best: Epoch | None = None
    for position, epoch in enumerate(epochs):
        before, best = best, best_epoch((epoch,) if best is None else (best, epoch), rule)
        if not (math.isfinite(epoch.train_loss) and math.isfinite(epoch.val_loss)):
            observations.append(Observation("loss is not a number: lower the learning rate", "bad"))
        elif overfits(epochs[: position + 1]):
            words = "validation loss rising while training loss falls: overfitting"
            observations.append(Observation(words, "caution"))
        elif best is epoch:
            observations.append(Observation("improving"))
        else:
            since = epoch.epoch - (before or epoch).epoch
            observations.append(Observation(f"no better for {since} epochs" if since > 1 else "no better"))
    last_best = best_epoch(epochs, rule)
    if last_best is not None and math.isfinite(last_best.val_loss):
        place = epochs.index(last_best)
        overfit = observations[place].tone == "caution"
        observations[place] = Observation("best so far, but overfitting" if overfit else "best so far", "good")
    return tuple(observations)


def overfits(epochs: Sequence[Epoch]) -> bool:
    """True where the validation loss has risen above its lowest value while the training loss continued to fall.

    The loss is a better indicator than the accuracy: it reacts earlier, and is less noisy with few photos.
    """
    lowest, last = best_epoch(epochs, "loss"), epochs[-1]
    if lowest is None or last.epoch - lowest.epoch < LATER or lowest.phase != last.phase:
        return False
    return last.val_loss > (1 + ABOVE) * lowest.val_loss and last.train_loss < lowest.train_loss


def warnings(epochs: Sequence[Epoch], rule: Result, photos: int) -> tuple[tuple[str, str], ...]:
    """Warnings about a complete run, each with a hint; `photos` is the number of validation photos."""
    return tuple(pair for pair in (_overfitting(epochs, rule), _less_accurate(epochs, rule, photos)) if pair[0])


def _overfitting(epochs: Sequence[Epoch], rule: Result) -> tuple[str, str]:
    lowest, result = best_epoch(epochs, "loss"), result_epoch(epochs, rule)
    if lowest is None or result is None or not overfits(epochs):
        return "", ""
    last = epochs[-1]
    title = (
        f"The run overfits: from epoch {lowest.epoch} to {last.epoch} the validation loss rose from "
        f"{lowest.val_loss:.3g} to {last.val_loss:.3g} while the training loss fell from {lowest.train_loss:.3g} to "
        f"{last.train_loss:.3g}."
    )
    note = f"Its result is epoch {result.epoch}. " if result is not last else ""
    return title, f"{note}Train for fewer epochs, with more weight decay or with augmentation, or add photos."


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
