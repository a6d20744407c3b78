"""Rules of the verdict on the losses and the accuracy of the epochs: divergence, overfitting, learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from studio.evaluate import verdicts
from studio.evaluate.epochs import curve_rules
from studio.evaluate.rules.classes import fair_or_good
from studio.evaluate.verdict_facts import Facts, Reason, Severity
from studio.evaluate.verdicts import DIVERGED, GOOD, GOOD_ACCURACY, GOOD_LOSS
from studio.events import Epoch
from studio.formatting.numbers import strict_percent as percent

DIVERGED_TEXT = "Some predictions or losses are not numbers: training diverged. Lower the learning rate."
OVERFITTING_TEXT = (
    f"The validation loss rises while the training loss falls: {verdicts.against_overfitting(fewer=True)}."
)
LATER_OVERFITTING = "Overfitting later"
UNDERFITTING = "Underfitting"
RATE_TOO_LOW = "Rate too low"
RATE_TOO_HIGH = "Rate too high"
NOT_IMPROVING = "Not improving"


def of_curves(epochs: Sequence[Epoch], later: Sequence[Epoch] = ()) -> tuple[Reason, ...]:
    """The reasons that the curves of a run give in regression, like those of classification below.

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
    low = _too_low(run)
    if curve_rules.overfits(epochs) and low is None:
        reasons.append(Reason(verdicts.OVERFITTING, "caution", OVERFITTING_TEXT, evidence="curves"))
    return (*reasons, *(one for one in (_later(epochs, later), high or low) if one is not None))


def diverged(facts: Facts) -> Reason | None:
    """A loss that is not a number."""
    if math.isfinite(facts.loss) and all(math.isfinite(epoch.train_loss) for epoch in facts.epochs):
        return None
    return Reason(DIVERGED, "bad", DIVERGED_TEXT, evidence="curves")


def overfitting(facts: Facts) -> Reason | None:
    """A training accuracy far above the judged one, or a validation loss that rises while the training loss falls."""
    if facts.epochs and curve_rules.creeps(facts.all_epochs):
        return None
    text = facts.overfits
    if not text and facts.rises and not _overshoots(facts):
        text = OVERFITTING_TEXT
    return Reason(verdicts.OVERFITTING, "caution", text, evidence="curves") if text else None


def later_overfitting(facts: Facts) -> Reason | None:
    """A run that overfits after the judged epoch."""
    return None if _overshoots(facts) else _later(facts.epochs, facts.later)


def _later(epochs: Sequence[Epoch], later: Sequence[Epoch]) -> Reason | None:
    """A run that overfits after the judged epoch: the same words as those of the run's warning."""
    words = curve_rules.overfitting_words((*epochs, *later)) if epochs and later else ""
    if not words or curve_rules.overfits(epochs):
        return None
    text = f"The later epochs overfit: {words}. Epoch {epochs[-1].epoch}, judged here, is from before that."
    return Reason(LATER_OVERFITTING, "good", text, evidence="curves")


def not_improving(facts: Facts) -> Reason | None:
    """Losses that hardly fell, of a run that is not good."""
    ends = curve_rules.hardly_falls(facts.all_epochs) if facts.epochs and wrong_rate(facts) is None else None
    if ends is None or facts.accuracy.value > GOOD_ACCURACY:
        return None
    thaw = ", or thaw more layers" if facts.thawing_helps else ""
    text = (
        f"The losses hardly fell in {len(facts.all_epochs)} epochs (validation: {ends[0]:.3g} to {ends[1]:.3g}): raise "
        f"the learning rate{thaw}."
    )
    return Reason(NOT_IMPROVING, "bad", text, evidence="curves", proposal=_proposal(facts))


def underfitting(facts: Facts) -> Reason | None:
    """A low training accuracy with all layers frozen, of a run whose loss no longer falls."""
    accuracy = facts.train_accuracy
    if facts.epochs and (curve_rules.still_falls(facts.all_epochs) or wrong_rate(facts) is not None):
        return None
    if not facts.thawing_helps:  # the same features separate the classes better in a quick probe
        return None
    if not facts.all_frozen or accuracy is None or accuracy >= GOOD_ACCURACY or facts.accuracy.value >= GOOD_ACCURACY:
        return None
    text = (
        f"Only {percent(accuracy)} of the training photos are right, with all layers frozen: the features do not "
        "separate the classes. Thaw the last block."
    )
    return Reason(UNDERFITTING, "caution", text, evidence="curves", proposal=_proposal(facts))


def _proposal(facts: Facts) -> Literal["", "thaw_last_block"]:
    return "thaw_last_block" if facts.all_frozen and facts.thawing_helps else ""


def wrong_rate(facts: Facts) -> Reason | None:
    """A learning rate that explains a result that is not good: steps that went too far, or a run that hardly began."""
    reason = _rate_too_high(facts) or _rate_too_low(facts)
    return reason if reason and reason.severity == "bad" and fair_or_good(facts).rule != GOOD else None


def questionable_rate(facts: Facts) -> Reason | None:
    """A learning rate that may be wrong, beside other reasons."""
    reason = _rate_too_high(facts) or _rate_too_low(facts)
    return replace(reason, severity="caution") if reason and wrong_rate(facts) is None else None


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
