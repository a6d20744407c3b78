"""Rules of the verdict on accuracy, precision and recall, of all photos and of each class."""

from __future__ import annotations

import math

import numpy as np

from studio.evaluate import verdicts
from studio.evaluate.compare import comparison
from studio.evaluate.intervals import Interval
from studio.evaluate.verdict_facts import Facts, Reason
from studio.evaluate.verdicts import FAIR, FEW, GOOD, GOOD_ACCURACY, GOOD_CLASS, GOOD_LOSS, NEAR_CHANCE, POOR
from studio.formatting import numbers
from studio.formatting.numbers import NARROW
from studio.formatting.numbers import strict_percent as percent

PARADOX = "Accuracy paradox"
POOR_CLASS = "Poor class"

GAP = 0.3
"""Difference between accuracy and recall of a class from which on the accuracy hides the class."""

RARE = 0.5
"""Most photos of a rare class, relative to the mean number of photos of a class."""


def paradox(facts: Facts) -> Reason | None:
    """A rare class with low recall behind a high accuracy, in which its photos hardly count."""
    mean = len(facts.labels) / len(facts.classes)
    # Among few photos, a class may have fewer than others by chance.
    rare = min(RARE * mean, mean - 2 * math.sqrt(mean))
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


def near_chance(facts: Facts) -> Reason | None:
    """No better than always predicting the largest class, by McNemar's test."""
    constant = facts.labels == facts.largest
    better, worse, _, _ = comparison.pairs(constant, facts.right).counts
    if better > worse and comparison.mcnemar(better, worse) < comparison.SIGNIFICANT:
        return None
    name, share = facts.classes[facts.largest].name, float(constant.mean())
    others = int((~constant).sum())
    if not others:
        return None
    if (
        facts.accuracy.low > share
    ):  # the interval excludes chance in spite of few photos: `too_few` says what is uncertain
        return None
    # With fewer than six photos of other classes, no test can tell anything: `too_few` says so.
    if facts.accuracy.value > share and comparison.mcnemar(others, 0) >= comparison.SIGNIFICANT:
        return None
    relation = "is no better than" if facts.accuracy.value <= share else "cannot be distinguished from"
    other = verdicts.advice(facts.longer_helps, facts.thawing_helps, "judge on more photos")
    text = (
        f"{percent(facts.accuracy.value)} of {len(facts.labels):,} {facts.photos} are right, which {relation} always "
        f"predicting “{name}” ({percent(share)}). "
        f"{verdicts.sentence(other)}"
    )
    return Reason(NEAR_CHANCE, "bad", text, tuple(np.flatnonzero(~facts.right).tolist()))


def poor_class(facts: Facts) -> Reason | None:
    """A class with a precision or a recall below one half; with few photos, by the whole interval."""
    poor = [
        k
        for k, one in enumerate(facts.classes)
        if _is_poor(one.recall, one.support) or _is_poor(one.precision, one.support)
    ]
    if not poor:
        return None
    worst = min(poor, key=lambda k: min(facts.classes[k].recall.value, facts.classes[k].precision.value))
    one = facts.classes[worst]
    verb = "is" if len(poor) == 2 else "are"
    more = f", and {len(poor) - 1:,} more {verb} below {numbers.percent(POOR, 0)}" if len(poor) > 1 else ""
    text = (
        f"“{one.name}” has a precision of {percent(one.precision.value)} and a recall of {percent(one.recall.value)}"
        f"{more}. Look at its photos, {'add more, or thaw more layers' if facts.thawing_helps else 'or add more'}."
    )
    photos = tuple(photo for k in poor for photo in facts.missed(k))
    return Reason(POOR_CLASS, "bad", text, photos, tuple(poor))


def _is_poor(share: Interval, photos: int) -> bool:
    """True for a precision or recall below one half; for a class with few photos, by the whole interval."""
    return bool(share.n) and (share.value if photos >= FEW else share.high) < POOR


def weak_class(facts: Facts) -> Reason | None:
    """A class whose recall is far behind that of the others, as in the report of each epoch."""
    text = verdicts.weak_class([one.in_report for one in facts.classes])
    if not text:
        return None
    worst = next(k for k, one in enumerate(facts.classes) if f"“{one.name}”" in text)
    return Reason(verdicts.WEAK_CLASS, "caution", text, facts.missed(worst), (worst,))


def too_few(facts: Facts) -> Reason | None:
    """So few photos, in total or of a class, that the numbers say little."""
    text = facts.of_part(verdicts.too_few(len(facts.labels), (facts.accuracy.low, facts.accuracy.high)))
    few = tuple(k for k, one in enumerate(facts.classes) if one.note)
    if few and not text:
        one = min((facts.classes[k] for k in few), key=lambda row: row.support)
        more = f", and {len(few) - 1:,} more {'has' if len(few) == 2 else 'have'} under 10" if len(few) > 1 else ""
        number = numbers.many(one.support, "photo")
        text = f"“{one.name}” is judged by only {number}{more}: its numbers say little. Hold out more photos."
    return Reason(verdicts.TOO_FEW, "caution", text, classes=few) if text else None


def low_accuracy(facts: Facts) -> Reason | None:
    """An accuracy below that of a fair result."""
    longer, thaw = facts.longer_helps, facts.thawing_helps
    text = facts.of_part(verdicts.low_accuracy(facts.accuracy.value, len(facts.labels), longer, thaw))
    return (
        Reason(verdicts.LOW_ACCURACY, "caution", text, tuple(np.flatnonzero(~facts.right).tolist())) if text else None
    )


def fair_or_good(facts: Facts) -> Reason:
    """The summary: good where all numbers are; else fair, with the first one that is not."""
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
        return Reason(
            GOOD, "good", f"{words}; precision and recall of every class are above {numbers.percent(GOOD_CLASS, 0)}."
        )
    return Reason(FAIR, "caution", f"{words}{f'; {behind[0]}' if behind else ''}.")
