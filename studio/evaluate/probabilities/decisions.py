"""Applies and chooses decision rules: the class that is answered for each photo, and whether it is certain enough.

A photo counts as one of a class from the threshold of that class on. Where several classes reach theirs, the most
probable of them is the answer; where none does, it is the most probable class without a threshold. The answer is not
sure where every class has a threshold and none is reached, or where the highest probability is below the least
confidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.probabilities import calibration, thresholds
from studio.spec.decision import CRITERIA, ClassThreshold, DecisionRule
from studio.spec.structs import replace


class UnmetRuleError(ValueError):
    """No threshold meets the rule, or it is none; the text of the error is a sentence for the user."""


@dataclass(frozen=True)
class Answers:
    """The answers for photos.

    Attributes:
        labels: (N,) the class that is answered, or that would be.
        sure: (N,) False where the model does not answer.
        probabilities: (N, K) probabilities with the temperature of the rule.
    """

    labels: NDArray[np.int64]
    sure: NDArray[np.bool_]
    probabilities: NDArray[Any]


def answers(probabilities: NDArray[Any], rule: DecisionRule, classes: Sequence[str]) -> Answers:
    """The answers that a rule gives for probabilities (N, K) without a temperature."""
    return of_scaled(with_temperature(probabilities, rule), rule, classes)


def answer(probabilities: NDArray[Any], rule: DecisionRule, classes: Sequence[str]) -> tuple[int, bool]:
    """The class that is answered for one photo, and whether that is sure.

    Args:
        probabilities: (K,) with the temperature of the rule.
        rule: The rule.
        classes: Names of the classes.
    """
    one = of_scaled(probabilities[None], rule, classes)
    return int(one.labels[0]), bool(one.sure[0])


def with_temperature(probabilities: NDArray[Any], rule: DecisionRule) -> NDArray[Any]:
    """Apply the temperature of a rule to probabilities (N, K)."""
    return probabilities if rule.temperature == 1 else calibration.scaled(probabilities, rule.temperature)


def fitted(
    rule: DecisionRule, labels: NDArray[Any], probabilities: NDArray[Any], classes: Sequence[str]
) -> DecisionRule:
    """A rule whose temperature, thresholds and least confidence are chosen on photos; values set by hand stay.

    Args:
        rule: The rule, which says what is to be chosen, and by which criterion.
        labels: (N,) labels of the photos.
        probabilities: (N, K) their probabilities without temperature.
        classes: Names of the classes.

    Raises:
        UnmetRuleError: No threshold meets the rule of a class.
    """
    if rule.temperature_fitted:
        rule = replace(rule, temperature=calibration.temperature(labels, probabilities))
    if rule.coverage is None and not any(one.rule for one in rule.thresholds):
        return rule
    shares = with_temperature(probabilities, rule)
    chosen = tuple(_chosen(one, labels, shares, classes) if one.rule else one for one in rule.thresholds)
    rule = replace(rule, thresholds=chosen)
    if rule.coverage is not None:
        confidence = np.sort(shares.max(axis=1)) if len(shares) else np.zeros(1)
        rule = replace(rule, least_confidence=_quantile(confidence, 1 - rule.coverage))
    return rule


def is_fitted(rule: DecisionRule) -> bool:
    """True where any part of a rule was chosen by a criterion on photos."""
    return rule.temperature_fitted or rule.coverage is not None or any(one.rule for one in rule.thresholds)


def cross_fitted(
    rule: DecisionRule, labels: NDArray[Any], probabilities: NDArray[Any], classes: Sequence[str], seed: int = 0
) -> tuple[Answers, int]:
    """Answers for photos by rules that were chosen on the other folds, and the number of folds.

    The number is 1 where no part of the rule is chosen by a criterion, or a class has a single photo: then the answers
    are those of the rule itself.
    """
    places = thresholds.folds(labels, thresholds.FOLDS, seed)
    count = int(places.max(initial=0)) + 1
    if count == 1 or not is_fitted(rule):
        return answers(probabilities, rule, classes), 1
    guesses, sure = np.zeros(len(labels), np.int64), np.zeros(len(labels), bool)
    shares = np.zeros(probabilities.shape)
    for fold in range(count):
        inside = places == fold
        try:
            there = fitted(rule, labels[~inside], probabilities[~inside], classes)
        except UnmetRuleError:
            there = rule  # the fold is answered by the rule itself
        one = answers(probabilities[inside], there, classes)
        guesses[inside], sure[inside], shares[inside] = one.labels, one.sure, one.probabilities
    return Answers(guesses, sure, shares), count


def of_scaled(shares: NDArray[Any], rule: DecisionRule, classes: Sequence[str]) -> Answers:
    """The answers that a rule gives for probabilities (N, K) that have its temperature."""
    if not len(shares):
        return Answers(np.zeros(0, np.int64), np.zeros(0, bool), shares)
    labels = shares.argmax(axis=1).astype(np.int64)
    sure = shares[np.arange(len(shares)), labels] >= rule.least_confidence
    least = {one.name: one.value for one in rule.thresholds}
    limited = np.array([label for label, name in enumerate(classes) if name in least], np.int64)
    if not len(limited):
        return Answers(labels, sure, shares)
    own = shares[:, limited]
    reached = own >= np.array([least[classes[label]] for label in limited])
    some = reached.any(axis=1)
    labels = np.where(some, limited[np.where(reached, own, -1.0).argmax(axis=1)], labels)
    # Only these rows are computed again, for speed while the user moves a threshold of one class of 1,000.
    others = np.flatnonzero(~some & np.isin(labels, limited))
    if len(limited) == len(classes):
        sure[others] = False
    elif len(others):
        rest = shares[others]
        rest[:, limited] = -1.0
        labels[others] = rest.argmax(axis=1)
    return Answers(labels, sure, shares)


def _chosen(one: ClassThreshold, labels: NDArray[Any], shares: NDArray[Any], classes: Sequence[str]) -> ClassThreshold:
    label = classes.index(one.name)
    try:
        words, choose = thresholds.parse(one.rule)
    except ValueError:  # in a file that was edited by hand
        raise UnmetRuleError(f"“{one.rule}” is not a rule for the threshold of “{one.name}”: use {CRITERIA}.") from None
    positive = labels == label
    if not positive.any():
        raise UnmetRuleError(f"There are no photos of “{one.name}” to choose its threshold on.")
    value = choose(thresholds.curve(shares[:, label], positive))
    if not math.isfinite(value):
        raise UnmetRuleError(f"With {words}, no photo would count as “{one.name}”.")
    # Halfway to the next lower probability: stored ones are rounded, and this photo must stay above the threshold.
    lower = shares[:, label][shares[:, label] < value]
    return replace(one, value=(value + float(lower.max(initial=0.0))) / 2)


def _quantile(ascending: NDArray[Any], share: float) -> float:
    """The highest least confidence that leaves at most this share of photos unanswered."""
    unanswered = math.floor(share * len(ascending) + 1e-9)
    if unanswered <= 0:
        return 0.0
    value = float(ascending[min(unanswered, len(ascending) - 1)])
    lower = ascending[ascending < value]
    return (value + float(lower.max(initial=0.0))) / 2 if len(lower) else 0.0
