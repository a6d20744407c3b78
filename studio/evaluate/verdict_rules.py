"""The rules of the verdict on a run: each is one function from the facts to a reason with its evidence.

`RULES` has them by severity; the first that applies determines the word of the verdict, and all that apply are its
reasons. The findings of `verdicts.judge`, which every epoch gets, are among them. The file has over 300 lines because
all rules are to stand in one place.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import comparison, verdicts
from studio.evaluate.epochs.epoch_observations import overfits
from studio.evaluate.intervals import Interval, of_count
from studio.evaluate.probabilities.scores import ClassScores
from studio.evaluate.verdicts import percent
from studio.events import ClassScore, Epoch
from studio.formatting.numbers import NARROW

TRAINED_ON = "Trained on"
TRAINED_ON_TEXT = "The model was trained on these photos: validation or test photos show how it judges others."
PARADOX = "Accuracy paradox"
NEAR_CHANCE = "Near chance"
DIVERGED = "Diverged"
BELOW_PROBE = "Below the quick probe"
POOR_CLASS = "Poor class"
UNDERFITTING = "Underfitting"
LEAKAGE = "Leakage"
RATE_TOO_LOW = "Rate too low"
FAIR = "Fair"
GOOD = "Good"

GOOD_ACCURACY, GOOD_CLASS, GOOD_LOSS = 0.85, 0.8, 0.5
"""A good model has a higher accuracy, precision and recall of each class, and a lower cross-entropy."""

POOR = 0.5
"""Precision or recall of a class below which it is poor."""

GAP = 0.3
"""Difference between accuracy and recall of a class from which on the accuracy hides the class."""

RARE = 0.5
"""Photos of a rare class, at most, relative to the mean number of photos of a class."""

STILL_FALLING = 0.1
"""Relative fall of the validation loss in the last third of a run from which on more epochs or a higher rate help."""

MANY_LEAKED = 0.05
"""Share of the judged photos with a copy among the training photos from which on the numbers mean little."""

TRAINING_PHOTOS = "training photos"
"""The words for photos that the model was trained on."""

Severity = Literal["bad", "caution", "good"]


@dataclass(frozen=True)
class Facts:
    """Predictions of a run on one split, and facts on the run that the rules need.

    Attributes:
        labels: (N,) labels, N at least 1.
        predicted: (N,) predicted classes.
        classes: Scores of each class.
        loss: Mean cross-entropy; NaN where predictions are not numbers.
        photos: The photos in words: “validation photos”.
        train_accuracy: Accuracy on the training photos; None where it is unknown, or where these are those photos.
        epochs: Epochs of the run.
        all_frozen: True if only the head was trained.
        probe: Name and predictions (N,) of the best quick probe; None where there is none.
        leaked: Indices of the photos of which a copy is among the training photos.
    """

    labels: NDArray[Any]
    predicted: NDArray[Any]
    classes: tuple[ClassScores, ...]
    loss: float
    photos: str = "validation photos"
    train_accuracy: float | None = None
    epochs: Sequence[Epoch] = ()
    all_frozen: bool = False
    probe: tuple[str, NDArray[Any]] | None = None
    leaked: Sequence[int] = ()

    @functools.cached_property
    def right(self) -> NDArray[np.bool_]:
        """True for each photo (N,) that is predicted correctly."""
        return np.asarray(self.labels == self.predicted)

    @functools.cached_property
    def accuracy(self) -> Interval:
        """The accuracy."""
        return of_count(int(self.right.sum()), len(self.labels))

    @property
    def largest(self) -> int:
        """Index of the class with the most photos."""
        return int(np.argmax([one.support for one in self.classes]))

    def of_part(self, text: str) -> str:
        """A text of `verdicts`, which is on validation photos, about these photos."""
        return text.replace("validation photo", self.photos.removesuffix("s"))

    def missed(self, label: int) -> tuple[int, ...]:
        """Indices of the photos of a class that are predicted as another."""
        return tuple(np.flatnonzero((self.labels == label) & ~self.right).tolist())


@dataclass(frozen=True)
class Reason:
    """One reason of a verdict.

    Attributes:
        rule: One to three words; that of the first reason is the verdict.
        severity: Whether it is good or bad news.
        text: The reason with its numbers, and what to do.
        photos: Indices of the photos that show it.
        classes: Indices of the classes that it is about.
    """

    rule: str
    severity: Severity
    text: str
    photos: tuple[int, ...] = ()
    classes: tuple[int, ...] = ()


def verdict(facts: Facts) -> tuple[str, tuple[Reason, ...]]:
    """The word of the verdict, and its reasons, the most serious first."""
    if not len(facts.labels):
        return verdicts.NOT_YET, (Reason(verdicts.NOT_YET, "bad", "There are no photos to judge by."),)
    reasons = tuple(reason for rule in RULES if (reason := rule(facts)) is not None)
    return reasons[0].rule, reasons


def _trained_on(facts: Facts) -> Reason | None:
    if facts.photos != TRAINING_PHOTOS:
        return None
    return Reason(TRAINED_ON, "caution", TRAINED_ON_TEXT)


def _diverged(facts: Facts) -> Reason | None:
    if math.isfinite(facts.loss) and all(math.isfinite(epoch.train_loss) for epoch in facts.epochs):
        return None
    text = "Some predictions or losses are not numbers: training diverged. Lower the learning rate."
    return Reason(DIVERGED, "bad", text)


def _leakage(facts: Facts) -> Reason | None:
    """Judged photos of which the training photos have a copy."""
    photos = tuple(dict.fromkeys(facts.leaked))
    if not photos:
        return None
    rest = np.ones(len(facts.labels), bool)
    rest[list(photos)] = False
    number, noun = len(photos), facts.photos.removesuffix("s") if len(photos) == 1 else facts.photos
    without = f" Without {'it' if number == 1 else 'them'}, {percent(float(facts.right[rest].mean()))} are right."
    text = (
        f"{number:,} {noun} {'shows' if number == 1 else 'show'} the same as a training photo, which the model knows."
        f"{without if rest.any() else ''} Move both to one side of the split, or exclude one of them."
    )
    severity: Severity = "bad" if number >= MANY_LEAKED * len(facts.labels) else "caution"
    return Reason(LEAKAGE, severity, text, photos)


def _paradox(facts: Facts) -> Reason | None:
    """A rare class with low recall behind a high accuracy, in which its photos hardly count."""
    rare = RARE * len(facts.labels) / len(facts.classes)
    hidden = [
        k
        for k, one in enumerate(facts.classes)
        if 0 < one.support <= rare and one.recall.value < POOR
        if facts.accuracy.value - one.recall.value >= GAP and one.recall.high < facts.accuracy.value
    ]
    if not hidden or facts.accuracy.value < verdicts.FAIR:
        return None
    worst = min(hidden, key=lambda k: facts.classes[k].recall.value)
    one, largest = facts.classes[worst], facts.classes[facts.largest]
    text = (
        f"{percent(facts.accuracy.value)} of all {facts.photos} are right, but only "
        f"{round(one.recall.value * one.support):,} of {one.support:,} of “{one.name}” "
        f"(recall {percent(one.recall.value)}). Always predicting “{largest.name}” would reach "
        f"{percent(largest.support / len(facts.labels))}. Add photos of “{one.name}”, or weight the classes."
    )
    photos = tuple(photo for k in hidden for photo in facts.missed(k))
    return Reason(PARADOX, "bad", text, photos, tuple(hidden))


def _near_chance(facts: Facts) -> Reason | None:
    """No better than always predicting the largest class, by McNemar's test."""
    constant = facts.labels == facts.largest
    better, worse, _, _ = comparison.pairs(constant, facts.right).counts
    if better > worse and comparison.mcnemar(better, worse) < comparison.SIGNIFICANT:
        return None
    name, share = facts.classes[facts.largest].name, float(constant.mean())
    others = int((~constant).sum())
    if not others:
        return None
    # Of fewer than six photos of other classes no test can tell anything: `_too_few` says so.
    if facts.accuracy.value > share and comparison.mcnemar(others, 0) >= comparison.SIGNIFICANT:
        return None
    relation = "is no better than" if facts.accuracy.value <= share else "cannot be told from"
    text = (
        f"{percent(facts.accuracy.value)} of {len(facts.labels):,} {facts.photos} are right, which {relation} always "
        f"predicting “{name}” ({percent(share)}). Train longer, thaw more layers, or judge on more photos."
    )
    return Reason(NEAR_CHANCE, "bad", text, tuple(np.flatnonzero(~facts.right).tolist()))


def _poor_class(facts: Facts) -> Reason | None:
    poor = [
        k
        for k, one in enumerate(facts.classes)
        if (one.recall.n and one.recall.value < POOR) or (one.precision.n and one.precision.value < POOR)
    ]
    if not poor:
        return None
    worst = min(poor, key=lambda k: min(facts.classes[k].recall.value, facts.classes[k].precision.value))
    one = facts.classes[worst]
    more = f", and {len(poor) - 1:,} more are below {percent(POOR)}" if len(poor) > 1 else ""
    text = (
        f"“{one.name}” has a precision of {percent(one.precision.value)} and a recall of {percent(one.recall.value)}"
        f"{more}. Look at its photos, add more, or thaw more layers."
    )
    photos = tuple(photo for k in poor for photo in facts.missed(k))
    return Reason(POOR_CLASS, "bad", text, photos, tuple(poor))


def _weak_class(facts: Facts) -> Reason | None:
    """A class whose recall is far behind that of the others, as in the report of each epoch."""
    rows = [
        ClassScore(
            one.name,
            one.support,
            one.precision.value,
            one.recall.value,
            one.f1.value,
            (one.recall.low, one.recall.high),
        )
        for one in facts.classes
    ]
    text = verdicts.weak_class(rows)
    if not text:
        return None
    worst = next(k for k, one in enumerate(facts.classes) if f"“{one.name}”" in text)
    return Reason(verdicts.WEAK_CLASS, "caution", text, facts.missed(worst), (worst,))


def _overfitting(facts: Facts) -> Reason | None:
    text = facts.of_part(verdicts.overfit(facts.accuracy.value, facts.train_accuracy))
    if not text and facts.epochs and overfits(facts.epochs):
        text = (
            "The validation loss rises while the training loss falls: train for fewer epochs, with more weight decay "
            "or augmentation, or add photos."
        )
    return Reason(verdicts.OVERFITTING, "caution", text) if text else None


def _below_probe(facts: Facts) -> Reason | None:
    """Significantly worse than the best quick probe on the pretrained features."""
    if facts.probe is None:
        return None
    name, predicted = facts.probe
    pairs = comparison.pairs(facts.right, predicted == facts.labels)
    better, worse, _, _ = pairs.counts
    p = comparison.mcnemar(better, worse)
    if better <= worse or p >= comparison.SIGNIFICANT:
        return None
    share = float((predicted == facts.labels).mean())
    text = (
        f"{name} on the pretrained features is right about {percent(share)} of the {facts.photos}, the run about "
        f"{percent(facts.accuracy.value)} (p = {p:.2g}). Freeze more layers, lower the rate, or train longer."
    )
    return Reason(BELOW_PROBE, "caution", text, tuple(pairs.fixed.tolist()))


def _too_few(facts: Facts) -> Reason | None:
    text = facts.of_part(verdicts.too_few(len(facts.labels), (facts.accuracy.low, facts.accuracy.high)))
    few = tuple(k for k, one in enumerate(facts.classes) if one.note)
    if few and not text:
        one = min((facts.classes[k] for k in few), key=lambda row: row.support)
        more = f", and {len(few) - 1:,} more have under 10" if len(few) > 1 else ""
        number = f"{one.support:,} photo{'' if one.support == 1 else 's'}"
        text = f"“{one.name}” is judged by only {number}{more}: its numbers say little. Hold out more photos."
    return Reason(verdicts.TOO_FEW, "caution", text, classes=few) if text else None


def _underfitting(facts: Facts) -> Reason | None:
    """A low training accuracy with all layers frozen."""
    known = facts.train_accuracy
    if not facts.all_frozen or known is None or known >= GOOD_ACCURACY or facts.accuracy.value >= GOOD_ACCURACY:
        return None
    text = (
        f"Only {percent(known)} of the training photos are right, with all layers frozen: the features do not separate "
        "the classes. Thaw the last block."
    )
    return Reason(UNDERFITTING, "caution", text)


def _low_accuracy(facts: Facts) -> Reason | None:
    text = facts.of_part(verdicts.low_accuracy(facts.accuracy.value, len(facts.labels)))
    return (
        Reason(verdicts.LOW_ACCURACY, "caution", text, tuple(np.flatnonzero(~facts.right).tolist())) if text else None
    )


def _rate_too_low(facts: Facts) -> Reason | None:
    """The validation loss still falls at the end."""
    losses = [epoch.val_loss for epoch in facts.epochs]
    if len(losses) < 3 or losses[-1] != min(losses):
        return None
    before = losses[-1 - max(1, len(losses) // 3)]
    if not before > 0 or 1 - losses[-1] / before < STILL_FALLING or losses[-1] < GOOD_LOSS / 5:
        return None
    text = (
        f"The validation loss was still falling at the end, from {before:.3g} to {losses[-1]:.3g}: train longer, or "
        "with a higher rate."
    )
    return Reason(RATE_TOO_LOW, "caution", text)


def _fair_or_good(facts: Facts) -> Reason:
    """The summary: good where all numbers are, else the first one that is not."""
    accuracy = facts.accuracy
    words = (
        f"{percent(accuracy.value)} of {len(facts.labels):,} {facts.photos} are right (95{NARROW}% interval "
        f"{percent(accuracy.low)} to {percent(accuracy.high)})"
    )
    present = [one for one in facts.classes if one.support]
    behind = [
        f"the {name} of “{one.name}” is {percent(interval.value)}"
        for one in present
        for name, interval in (("precision", one.precision), ("recall", one.recall))
        if interval.value <= GOOD_CLASS
    ]
    if facts.loss >= GOOD_LOSS:
        behind.append(f"the loss is {facts.loss:.2f}: wrong predictions are too confident, or right ones too doubtful")
    if accuracy.value > GOOD_ACCURACY and not behind:
        return Reason(GOOD, "good", f"{words}; precision and recall of every class are above {percent(GOOD_CLASS)}.")
    return Reason(FAIR, "caution", f"{words}{f'; {behind[0]}' if behind else ''}.")


# The rate is no reason to call a good model anything else.
RULES: tuple[Callable[[Facts], Reason | None], ...] = (
    _trained_on, _diverged, _leakage, _paradox, _near_chance, _poor_class, _weak_class, _overfitting, _below_probe,
    _too_few, _underfitting, _low_accuracy, _fair_or_good, _rate_too_low,
)  # fmt: skip
