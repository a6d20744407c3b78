"""Verdicts of classification: the interpretation of the metrics in one to three words, and advice.

A high accuracy can hide a class with low recall, overfitting, or a validation set that is too small. Each rule detects
one such problem and states it with its numbers. The first rule that applies determines the verdict; the advice names at
most two findings, the most serious first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio.evaluate.epochs import curve_rules
from studio.evaluate.intervals import is_lower
from studio.events import ClassScore, Epoch
from studio.formatting.numbers import NARROW, many
from studio.formatting.numbers import strict_percent as percent

GOOD = "Good"
FAIR = "Fair"
WEAK_CLASS = "Weak class"
OVERFITTING = "Overfitting"
TOO_FEW = "Too few photos"
LOW_ACCURACY = "Low accuracy"
NOT_YET = "Not yet"
NEAR_CHANCE = "Near chance"
DIVERGED = "Diverged"

GOOD_ACCURACY, GOOD_CLASS, GOOD_LOSS = 0.85, 0.8, 0.5
"""A good model has a higher accuracy, precision and recall of each class, and a lower cross-entropy."""

FEW = 10
"""Number of photos of a class below which its numbers say little."""

POOR = 0.5
"""Precision or recall of a class below which it is poor."""

FAR_BELOW = 0.15
"""A class is weak whose recall is this much below that of all others, if not by chance alone."""

OVERFIT = 0.1
"""Difference between training and validation accuracy from which on the model overfits."""

FAIR_ACCURACY = 0.75
"""Accuracy below which more than one photo in four is misclassified."""

WIDE = 0.2
"""Width of the accuracy's interval above which there are too few validation photos."""


def judge(
    accuracy: float,
    interval: tuple[float, float],
    classes: Sequence[ClassScore],
    train_accuracy: float | None = None,
    loss: float = 0.0,
    epochs: Sequence[Epoch] = (),
) -> tuple[str, str]:
    """Verdict and advice.

    Args:
        accuracy: Accuracy on the validation photos, 0…1.
        interval: Its 95 % interval.
        classes: Scores of each class; `images` must sum to the number of validation photos.
        train_accuracy: Accuracy on the training photos, 0…1; None where it is unknown.
        loss: Mean cross-entropy.
        epochs: Epochs of the run; where more of them would not help, the advice does not suggest them.

    Returns:
        "Good", "Fair", "Not yet" (no photos) or the name of the most serious finding, and one or two sentences.
    """
    total = sum(score.images for score in classes)
    if total == 0:
        return NOT_YET, "There are no validation photos to judge by."
    largest = max(classes, key=lambda score: score.images)
    hardly_began = bool(epochs) and curve_rules.creeps(epochs) is not None
    fewer = not epochs or curve_rules.still_falls(epochs) is None
    overfitting = "" if hardly_began else overfit(accuracy, train_accuracy, fewer, interval[1])
    # No finding may suggest what another one, or a warning about the run, warns of.
    longer = not overfitting and not curve_rules.more_epochs_hurt(epochs, curve_rules.guessing_loss(len(classes)))
    if accuracy <= largest.images / total:
        return NEAR_CHANCE, (
            f"{percent(accuracy)} of {total:,} validation photos are classified correctly; always predicting "
            f"“{largest.name}” would reach {percent(largest.images / total)}. "
            f"{overfitting or sentence(advice(longer))}"
        )
    findings = [
        (name, finding)
        for name, finding in (
            (WEAK_CLASS, weak_class(classes)),
            (OVERFITTING, overfitting),
            (TOO_FEW, too_few(total, interval) or few_of_class(classes)),
            # Its advice contradicts that on overfitting.
            (LOW_ACCURACY, "" if overfitting else low_accuracy(accuracy, total, longer)),
        )
        if finding
    ]
    if findings:
        return findings[0][0], " ".join(finding for _, finding in findings[:2])
    low, high = interval
    lowest = min((min(one.precision, one.recall) for one in classes if one.images), default=1.0)
    is_good = accuracy > GOOD_ACCURACY and lowest > GOOD_CLASS and loss < GOOD_LOSS
    return GOOD if is_good else FAIR, (
        f"{percent(accuracy)} of {total:,} validation photos are classified correctly (95{NARROW}% interval "
        f"{percent(low)} to {percent(high)}), and no class is far behind the others"
        f"{f'; {doubtful(loss)}' if loss >= GOOD_LOSS else ''}."
    )


def doubtful(loss: float) -> str:
    """Words about a loss that is too high for a good model."""
    return f"the loss is {loss:.2f}: wrong predictions are too confident, or right ones too doubtful"


def weak_class(classes: Sequence[ClassScore]) -> str:
    """Finding about the class whose recall is furthest below that of the others, and how many more are; "" for none.

    A class with few photos is weak only where the whole interval of its recall is poor.
    """
    behind = [(score.recall - rest, score, rest) for score, rest in _far_behind(classes) if _says_much(score)]
    if not behind:
        return ""
    _, score, rest = min(behind, key=lambda item: item[0])
    more = f", and {len(behind) - 1} more {'class is' if len(behind) == 2 else 'classes are'} far behind"
    return (
        f"Only {round(score.recall * score.images):,} of {score.images:,} photos of “{score.name}” are classified "
        f"correctly (recall {percent(score.recall)}), against {percent(rest)} of the others"
        f"{more if len(behind) > 1 else ''}."
    )


def few_of_class(classes: Sequence[ClassScore]) -> str:
    """Finding about a class that seems weak, but has too few photos to be sure; "" for none."""
    score = min((score for score, _ in _far_behind(classes) if not _says_much(score)), key=_images, default=None)
    if score is None:
        return ""
    return (
        f"{round(score.recall * score.images):,} of only {many(score.images, 'photo')} of “{score.name}” "
        f"{'is' if round(score.recall * score.images) == 1 else 'are'} classified correctly, which says little: hold "
        f"out more photos."
    )


def _far_behind(classes: Sequence[ClassScore]) -> Iterator[tuple[ClassScore, float]]:
    """Classes with a recall `FAR_BELOW` that of all others, not by chance alone, each with the recall of the others."""
    images = sum(score.images for score in classes)
    correct = sum(score.recall * score.images for score in classes)
    for score in classes:
        others = images - score.images
        if not score.images or not others:
            continue
        rest = (correct - score.recall * score.images) / others
        if score.recall <= rest - FAR_BELOW and is_lower(score.recall, score.recall_interval, rest, others):
            yield score, rest


def _says_much(score: ClassScore) -> bool:
    """True for a class with enough photos, or whose whole interval of the recall is below `POOR`."""
    return score.images >= FEW or score.recall_interval[1] < POOR


def _images(score: ClassScore) -> int:
    return score.images


def advice(longer: bool, thaw: bool = True, last: str = "") -> str:
    """What to do about a model that is not good enough: “train longer, or thaw more layers”.

    Args:
        longer: False where more epochs would not help.
        thaw: False where thawed layers would not help.
        last: One more proposal; "" for none.
    """
    proposals = [
        *(["train longer"] if longer else []),
        *(["thaw more layers" if longer else "thaw other layers"] if thaw else []),
        *([] if longer and thaw else ["add photos"]),
        *([last] if last else []),
    ]
    return either(proposals)


def sentence(words: str) -> str:
    """Words as a sentence: “Train longer.”."""
    return f"{words[:1].upper()}{words[1:]}."


def either(proposals: Sequence[str]) -> str:
    """Proposals in words: “a”, “a, or b”, “a, b, or c”."""
    return ", or ".join(filter(None, (", ".join(proposals[:-1]), proposals[-1])))


def overfit(accuracy: float, train_accuracy: float | None, fewer: bool = True, high: float = 0.0) -> str:
    """Finding about an accuracy far below that on the training photos; "" without one.

    Args:
        accuracy: Accuracy on the judged photos.
        train_accuracy: Accuracy on the training photos; None where it is unknown.
        fewer: False where the validation loss was still falling at the end, so that fewer epochs would not help.
        high: Upper end of the 95 % interval of `accuracy`; a training accuracy within it may differ by chance.
    """
    # The tolerance lets 0.9 - 0.8, which is below 0.1 in floating point, count as 0.1.
    if train_accuracy is None or train_accuracy - accuracy < OVERFIT - 1e-9 or train_accuracy <= high:
        return ""
    return (
        f"{percent(train_accuracy)} of the training photos are classified correctly, but only {percent(accuracy)} of "
        f"the validation photos: {against_overfitting(fewer)}."
    )


def against_overfitting(fewer: bool) -> str:
    """What to do about overfitting; `fewer` is False where fewer epochs would not help."""
    return f"train {'for fewer epochs, ' if fewer else ''}with more weight decay or augmentation, or add photos"


def too_few(total: int, interval: tuple[float, float]) -> str:
    """Finding about an accuracy with a wide interval; "" without one."""
    low, high = interval
    if high - low <= WIDE:
        return ""
    return (
        f"With only {many(total, 'validation photo')}, the true accuracy may lie anywhere "
        f"from {percent(low)} to {percent(high)}."
    )


def low_accuracy(accuracy: float, total: int, longer: bool = True, thaw: bool = True) -> str:
    """Finding about an accuracy below `FAIR_ACCURACY`; "" without one. `longer` and `thaw` are as in `advice`."""
    if accuracy >= FAIR_ACCURACY:
        return ""
    return f"Only {percent(accuracy)} of {total:,} validation photos are classified correctly: {advice(longer, thaw)}."
