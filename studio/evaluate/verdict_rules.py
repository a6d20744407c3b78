"""The rules of the verdict on a run: each is one function from the facts to a reason with its evidence.

`RULES` has them by severity; the first that applies determines the word of the verdict, and all that apply are its
reasons. The findings of `verdicts.judge`, which every epoch gets, are among them. The file has over 300 lines because
all rules are to stand in one place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from studio.evaluate import verdicts
from studio.evaluate.compare import comparison
from studio.evaluate.epochs import curve_rules
from studio.evaluate.verdict_facts import Facts, Reason, Severity
from studio.evaluate.verdicts import DIVERGED, FAIR, GOOD, GOOD_ACCURACY, GOOD_CLASS, GOOD_LOSS, NEAR_CHANCE, percent
from studio.events import Epoch
from studio.formatting.numbers import NARROW

TRAINED_ON = "Trained on"
TRAINED_ON_TEXT = "The model was trained on these photos: validation or test photos show how it judges others."
DIVERGED_TEXT = "Some predictions or losses are not numbers: training diverged. Lower the learning rate."
OVERFITTING_TEXT = (
    "The validation loss rises while the training loss falls: train for fewer epochs, with more weight decay or "
    "augmentation, or add photos."
)
PARADOX = "Accuracy paradox"
LATER_OVERFITTING = "Overfitting later"
TESTED_BEFORE = "Tested before"
BELOW_PROBE = "Below the quick probe"
POOR_CLASS = "Poor class"
UNDERFITTING = "Underfitting"
LEAKAGE = "Leakage"
RATE_TOO_LOW = "Rate too low"
RATE_TOO_HIGH = "Rate too high"
NOT_IMPROVING = "Not improving"
BELOW_SCRATCH = "Below from scratch"
AS_SCRATCH = "As from scratch"
AS_PROBE = "As the quick probe"

POOR = 0.5
"""Precision or recall of a class below which it is poor."""

GAP = 0.3
"""Difference between accuracy and recall of a class from which on the accuracy hides the class."""

RARE = 0.5
"""Photos of a rare class, at most, relative to the mean number of photos of a class."""

MANY_LEAKED = 0.05
"""Share of the judged photos with a copy among the training photos from which on the numbers mean little."""

TRAINING_PHOTOS = "training photos"
"""The words for photos that the model was trained on."""


def verdict(facts: Facts) -> tuple[str, tuple[Reason, ...]]:
    """The word of the verdict, and its reasons, the most serious first."""
    if not len(facts.labels):
        return verdicts.NOT_YET, (Reason(verdicts.NOT_YET, "bad", "There are no photos to judge by."),)
    reasons = tuple(reason for rule in RULES if (reason := rule(facts)) is not None)
    word = reasons[0].rule
    return word, tuple(one for one in reasons if one.rule != FAIR or word == FAIR)  # “Fair” beside “Near chance”


def of_curves(epochs: Sequence[Epoch], later: Sequence[Epoch] = ()) -> tuple[Reason, ...]:
    """The reasons that the curves of a regression run give, as those of classes do.

    Args:
        epochs: Epochs of the run up to the judged one.
        later: Its epochs after that.
    """
    if not epochs:
        return ()
    reasons = []
    if not all(map(curve_rules.is_finite, epochs)):
        reasons.append(Reason(DIVERGED, "bad", DIVERGED_TEXT, evidence="curves"))
    run, guessing = (*epochs, *later), curve_rules.guessing_loss(0)
    high = _too_high(run, guessing)
    if high is not None and curve_rules.overshoots(run, guessing):
        return (*reasons, high)
    if curve_rules.overfits(epochs):
        reasons.append(Reason(verdicts.OVERFITTING, "caution", OVERFITTING_TEXT, evidence="curves"))
    return (*reasons, *(one for one in (_later(epochs, later), high, _too_low(run)) if one is not None))


def _trained_on(facts: Facts) -> Reason | None:
    if facts.photos != TRAINING_PHOTOS:
        return None
    return Reason(TRAINED_ON, "caution", TRAINED_ON_TEXT)


def _tested_before(facts: Facts) -> Reason | None:
    """Test photos that were judged with other runs or epochs, too: the best of several looks better than it is."""
    number = facts.test_judgments
    if not number:
        return None
    others = "another run or epoch was" if number == 1 else f"{number:,} other runs or epochs were"
    text = (
        f"On these test photos {others} judged before. Whichever of them is chosen by its result here looks better "
        "than it is: choose by the validation photos."
    )
    return Reason(TESTED_BEFORE, "caution", text)


def _diverged(facts: Facts) -> Reason | None:
    if math.isfinite(facts.loss) and all(math.isfinite(epoch.train_loss) for epoch in facts.epochs):
        return None
    return Reason(DIVERGED, "bad", DIVERGED_TEXT, evidence="curves")


def _leakage(facts: Facts) -> Reason | None:
    """So many judged photos of which the training photos have a copy that the numbers mean little."""
    reason = _leaked(facts)
    return replace(reason, severity="bad") if reason and _is_severe(facts) else None


def _some_leakage(facts: Facts) -> Reason | None:
    return _leaked(facts) if not _is_severe(facts) else None


def _is_severe(facts: Facts) -> bool:
    return len(set(facts.leaked)) >= MANY_LEAKED * len(facts.labels)


def _leaked(facts: Facts) -> Reason | None:
    photos = tuple(dict.fromkeys(facts.leaked))
    if not photos:
        return None
    rest = np.ones(len(facts.labels), bool)
    rest[list(photos)] = False
    number, noun = len(photos), facts.photos.removesuffix("s") if len(photos) == 1 else facts.photos
    without = ""
    if rest.any():
        without = f" Without {'it' if number == 1 else 'them'}, {percent(float(facts.right[rest].mean()))} are right."
    text = (
        f"{number:,} {noun} {'shows' if number == 1 else 'show'} the same as a training photo, which the model knows."
        f"{without} Move both to one side of the split, or exclude one of them."
    )
    return Reason(LEAKAGE, "caution", text, photos, evidence="pairs")


def _paradox(facts: Facts) -> Reason | None:
    """A rare class with low recall behind a high accuracy, in which its photos hardly count."""
    mean = len(facts.labels) / len(facts.classes)
    rare = min(RARE * mean, mean - 2 * math.sqrt(mean))  # of few photos, one class has less than another by chance
    hidden = [
        k
        for k, one in enumerate(facts.classes)
        if 0 < one.support <= rare and one.recall.value < POOR
        if facts.accuracy.value - one.recall.value >= GAP and one.recall.high < facts.accuracy.value
    ]
    if not hidden or facts.accuracy.value < verdicts.FAIR_ACCURACY:
        return None
    worst = min(hidden, key=lambda k: facts.classes[k].recall.value)
    one, largest = facts.classes[worst], facts.classes[facts.largest]
    share = largest.support / len(facts.labels)
    always = f" Always predicting “{largest.name}” would reach {percent(share)}." if share >= POOR else ""
    text = (
        f"{percent(facts.accuracy.value)} of all {facts.photos} are right, but only "
        f"{round(one.recall.value * one.support):,} of {one.support:,} of “{one.name}” "
        f"(recall {percent(one.recall.value)}).{always} Add photos of “{one.name}”, or weight the classes."
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
    text = verdicts.weak_class([one.in_report for one in facts.classes])
    if not text:
        return None
    worst = next(k for k, one in enumerate(facts.classes) if f"“{one.name}”" in text)
    return Reason(verdicts.WEAK_CLASS, "caution", text, facts.missed(worst), (worst,))


def _overfitting(facts: Facts) -> Reason | None:
    if facts.epochs and curve_rules.creeps(facts.all_epochs):  # more epochs would change what a few have not begun
        return None
    text = facts.of_part(verdicts.overfit(facts.accuracy.value, facts.train_accuracy))
    if not text and facts.epochs and curve_rules.overfits(facts.epochs) and not _overshoots(facts):
        text = OVERFITTING_TEXT
    return Reason(verdicts.OVERFITTING, "caution", text, evidence="curves") if text else None


def _later_overfitting(facts: Facts) -> Reason | None:
    return None if _overshoots(facts) else _later(facts.epochs, facts.later)


def _later(epochs: Sequence[Epoch], later: Sequence[Epoch]) -> Reason | None:
    """A run that overfits after the judged epoch: the same words as those of the run's warning."""
    words = curve_rules.overfitting_words((*epochs, *later)) if epochs and later else ""
    if not words or curve_rules.overfits(epochs):
        return None
    text = f"The later epochs overfit: {words}. Epoch {epochs[-1].epoch}, judged here, is from before."
    return Reason(LATER_OVERFITTING, "good", text, evidence="curves")


def _not_improving(facts: Facts) -> Reason | None:
    ends = curve_rules.hardly_falls(facts.all_epochs) if facts.epochs and _wrong_rate(facts) is None else None
    if ends is None or facts.accuracy.value > GOOD_ACCURACY:
        return None
    text = (
        f"The losses hardly fell in {len(facts.all_epochs)} epochs (validation: {ends[0]:.3g} to {ends[1]:.3g}): raise "
        "the learning rate, or thaw more layers."
    )
    return Reason(NOT_IMPROVING, "bad", text, evidence="curves", proposal=_proposal(facts))


def _below_scratch(facts: Facts) -> Reason | None:
    """Significantly worse than a run with random weights on the same photos."""
    other = facts.scratch
    if other is None or other.better >= other.worse:
        return None
    p = comparison.mcnemar(other.better, other.worse)
    if p >= comparison.SIGNIFICANT:
        return None
    text = (
        f"A run from scratch ({other.name}) is right about {percent(other.right / other.photos)} of the same "
        f"{other.photos:,} {facts.photos}, more than this one (p = {p:.2g}): the pretrained weights do not fit these "
        "photos, or the settings do not."
    )
    return Reason(BELOW_SCRATCH, "bad", text, evidence="run", run=other.run)


def _as_scratch(facts: Facts) -> Reason | None:
    """Not significantly better than a run with random weights on the same photos."""
    other = facts.scratch
    if other is None or _below_scratch(facts) is not None:
        return None
    p = comparison.mcnemar(other.better, other.worse)
    if other.better > other.worse and p < comparison.SIGNIFICANT:
        return None
    text = (
        f"A run from scratch ({other.name}) is right about {percent(other.right / other.photos)} of the same "
        f"{other.photos:,} {facts.photos}, as good within noise (p = {p:.2g}): the pretrained weights brought nothing "
        "that these photos can show."
    )
    return Reason(AS_SCRATCH, "caution", text, evidence="run", run=other.run)


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
    return Reason(BELOW_PROBE, "caution", text, tuple(pairs.fixed.tolist()), evidence="probe")


def _as_probe(facts: Facts) -> Reason | None:
    """Thawed layers that brought nothing over the best quick probe; a frozen network can hardly be better than it."""
    if facts.probe is None or facts.all_frozen or _below_probe(facts) is not None:
        return None
    name, predicted = facts.probe
    better, worse, _, _ = comparison.pairs(predicted == facts.labels, facts.right).counts
    p = comparison.mcnemar(better, worse)
    if better > worse and p < comparison.SIGNIFICANT:
        return None
    text = (
        f"{name} on the pretrained features, which takes seconds, is right about "
        f"{percent(float((predicted == facts.labels).mean()))} of the {facts.photos}, as good within noise "
        f"(p = {p:.2g}): training layers of the backbone brought nothing that these photos can show."
    )
    return Reason(AS_PROBE, "caution", text, evidence="probe")


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
    """A low training accuracy with all layers frozen, of a run whose loss no longer falls."""
    accuracy = facts.train_accuracy
    if facts.epochs and (curve_rules.still_falls(facts.all_epochs) or _wrong_rate(facts) is not None):
        return None
    if not facts.all_frozen or accuracy is None or accuracy >= GOOD_ACCURACY or facts.accuracy.value >= GOOD_ACCURACY:
        return None
    text = (
        f"Only {percent(accuracy)} of the training photos are right, with all layers frozen: the features do not "
        "separate the classes. Thaw the last block."
    )
    return Reason(UNDERFITTING, "caution", text, evidence="curves", proposal=_proposal(facts))


def _proposal(facts: Facts) -> Literal["", "thaw_last_block"]:
    return "thaw_last_block" if facts.all_frozen else ""


def _low_accuracy(facts: Facts) -> Reason | None:
    text = facts.of_part(verdicts.low_accuracy(facts.accuracy.value, len(facts.labels)))
    return (
        Reason(verdicts.LOW_ACCURACY, "caution", text, tuple(np.flatnonzero(~facts.right).tolist())) if text else None
    )


def _wrong_rate(facts: Facts) -> Reason | None:
    """A learning rate that explains a result that is not good: steps that went too far, or a run that hardly began."""
    reason = _rate_too_high(facts) or _rate_too_low(facts)
    return reason if reason and reason.severity == "bad" and _fair_or_good(facts).rule != GOOD else None


def _questionable_rate(facts: Facts) -> Reason | None:
    """A learning rate that may be wrong, beside other reasons."""
    reason = _rate_too_high(facts) or _rate_too_low(facts)
    return replace(reason, severity="caution") if reason and _wrong_rate(facts) is None else None


def _overshoots(facts: Facts) -> bool:
    return bool(facts.epochs and curve_rules.overshoots(facts.all_epochs, _guessing(facts)))


def _guessing(facts: Facts) -> float:
    return curve_rules.guessing_loss(len(facts.classes))


def _rate_too_high(facts: Facts) -> Reason | None:
    return _too_high(facts.all_epochs, _guessing(facts)) if facts.epochs else None


def _too_high(epochs: Sequence[Epoch], guessing: float) -> Reason | None:
    words = curve_rules.rate_too_high(epochs, guessing)
    if not words:
        return None
    text = f"{words}{curve_rules.rate_words(epochs)}. {curve_rules.LOWER}"
    severity: Severity = "bad" if curve_rules.overshoots(epochs, guessing) else "caution"
    return Reason(RATE_TOO_HIGH, severity, text, evidence="curves")


def _rate_too_low(facts: Facts) -> Reason | None:
    reason = _too_low(facts.all_epochs) if facts.epochs else None
    return reason if reason is not None and facts.all_epochs[-1].val_loss >= GOOD_LOSS / 5 else None


def _too_low(epochs: Sequence[Epoch]) -> Reason | None:
    """The validation loss falls evenly and little, or still falls at the end."""
    if words := curve_rules.creeping_words(epochs):
        return Reason(RATE_TOO_LOW, "bad", f"{words}. {curve_rules.RAISE}", evidence="curves")
    ends = curve_rules.still_falls(epochs)
    if ends is None:
        return None
    text = (
        f"The validation loss was still falling at the end, from {ends[0]:.3g} to {ends[1]:.3g}: train longer, or "
        "with a higher rate."
    )
    return Reason(RATE_TOO_LOW, "caution", text, evidence="curves")


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
        behind.append(verdicts.doubtful(facts.loss))
    if accuracy.value > GOOD_ACCURACY and not behind:
        return Reason(GOOD, "good", f"{words}; precision and recall of every class are above {percent(GOOD_CLASS)}.")
    return Reason(FAIR, "caution", f"{words}{f'; {behind[0]}' if behind else ''}.")


# Those after `_fair_or_good` are no reason to call a good model anything else.
RULES: tuple[Callable[[Facts], Reason | None], ...] = (
    _trained_on, _diverged, _leakage, _paradox, _wrong_rate, _near_chance, _not_improving, _poor_class, _below_scratch,
    _weak_class, _overfitting, _below_probe, _too_few, _underfitting, _low_accuracy, _fair_or_good, _questionable_rate,
    _some_leakage, _as_scratch, _as_probe, _tested_before, _later_overfitting,
)  # fmt: skip
