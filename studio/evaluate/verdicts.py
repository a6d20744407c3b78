"""Verdicts: the meaning of the figures in one to three words and one or two sentences.

A high accuracy can hide a class that is never found, a network that knows its training photos by heart, or a
validation set too small to tell. Each rule here catches one of these and says it with the numbers it rests on. The
first rule that holds gives the verdict; the advice names at most two findings, the gravest first.
"""

from __future__ import annotations

from collections.abc import Sequence

from studio.events import ClassScore

NARROW = "\u202f"
"""Narrow no-break space: no line may end between a number and its sign."""

HEALTHY = "Healthy"
WEAK_CLASS = "Weak class"
OVERFITTING = "Overfitting"
TOO_FEW = "Too few photos"
LOW_ACCURACY = "Low accuracy"
NOT_YET = "Not yet"

FAR_BELOW = 0.15
"""A recall this far below that of the other classes together is named, if chance alone does not explain it."""

OVERFIT = 0.1
"""Training accuracy this far above validation accuracy means the training photos are known by heart."""

FAIR = 0.75
"""Accuracy under which one photo in four is wrong: better than guessing, and not yet something to rely on."""

WIDE = 0.2
"""Width of the accuracy's interval from which on there are too few validation photos to tell."""


def judge(
    accuracy: float, interval: tuple[float, float], classes: Sequence[ClassScore], train_accuracy: float | None = None
) -> tuple[str, str]:
    """Verdict and advice.

    Args:
        accuracy: 0…1 on the validation photos.
        interval: Its 95 % interval.
        classes: One score a class; `images` must sum to the validation photos.
        train_accuracy: 0…1 on the training photos, where known.

    Returns:
        "Healthy", "Not yet" or the name of the gravest finding, and one or two sentences for people.
    """
    total = sum(score.images for score in classes)
    if total == 0:
        return NOT_YET, "There are no validation photos to judge by."
    largest = max(classes, key=lambda score: score.images)
    overfit = _overfit(accuracy, train_accuracy)
    if accuracy <= largest.images / total:
        return NOT_YET, (
            f"{percent(accuracy)} of {total:,} validation photos are right; always answering “{largest.name}” would "
            f"give {percent(largest.images / total)}. {overfit or 'Train longer, or thaw more layers.'}"
        )
    findings = [
        (name, finding)
        for name, finding in (
            (WEAK_CLASS, _weak_class(classes)),
            (OVERFITTING, overfit),
            (TOO_FEW, _too_few(total, interval)),
            (LOW_ACCURACY, "" if overfit else _middling(accuracy, total)),  # its advice is the opposite
        )
        if finding
    ]
    if findings:
        return findings[0][0], " ".join(finding for _, finding in findings[:2])
    low, high = interval
    return HEALTHY, (
        f"{percent(accuracy)} of {total:,} validation photos are right (95{NARROW}% interval {percent(low)} to "
        f"{percent(high)}), and no class is far behind the others."
    )


def percent(share: float) -> str:
    """A share for people: “83.3 %”, “100 %”, with a narrow no-break space; never rounded up to all or down to none."""
    text = f"{100 * share:.1f}".removesuffix(".0")
    if text == "100" and share < 1:
        return f"over 99.9{NARROW}%"
    if text == "0" and share > 0:
        return f"under 0.1{NARROW}%"
    return f"{text}{NARROW}%"


def _weak_class(classes: Sequence[ClassScore]) -> str:
    """The class furthest behind, if one is, and how many more are."""
    images = sum(score.images for score in classes)
    found = sum(score.recall * score.images for score in classes)
    behind = []
    for score in classes:
        others = images - score.images
        if not score.images or not others:
            continue
        rest = (found - score.recall * score.images) / others
        if score.recall <= rest - FAR_BELOW and score.recall_interval[1] < rest:
            behind.append((score.recall - rest, score, rest))
    if not behind:
        return ""
    _, score, rest = min(behind, key=lambda item: item[0])
    more = f", and {len(behind) - 1} more {'class is' if len(behind) == 2 else 'classes are'} far behind"
    return (
        f"Only {round(score.recall * score.images):,} of {score.images:,} photos of “{score.name}” are found "
        f"(recall {percent(score.recall)}), against {percent(rest)} of the others{more if len(behind) > 1 else ''}."
    )


def _overfit(accuracy: float, train_accuracy: float | None) -> str:
    # A hair is granted, so that 0.9 against 0.8 counts as the 0.1 it is on paper.
    if train_accuracy is None or train_accuracy - accuracy < OVERFIT - 1e-9:
        return ""
    return (
        f"{percent(train_accuracy)} of the training photos are right but only {percent(accuracy)} of the validation "
        "photos: train for fewer epochs, freeze more layers, or add photos."
    )


def _too_few(total: int, interval: tuple[float, float]) -> str:
    low, high = interval
    if high - low <= WIDE:
        return ""
    return (
        f"With only {total:,} validation {'photo' if total == 1 else 'photos'}, the true accuracy may lie anywhere "
        f"from {percent(low)} to {percent(high)}."
    )


def _middling(accuracy: float, total: int) -> str:
    if accuracy >= FAIR:
        return ""
    return f"{percent(accuracy)} of {total:,} validation photos are right: train longer, or thaw more layers."
