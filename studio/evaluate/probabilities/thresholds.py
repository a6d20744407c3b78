"""Thresholds on the probability of a class: curves, rules that choose a threshold, and cross-fitted metrics.

A threshold that is chosen on the photos that it is judged on looks better than it is. So where there is only one part,
the photos of each fold are judged with a threshold that is chosen on the other folds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import Interval, of_count, wilson
from studio.evaluate.probabilities.scores import WILSON_F1

FOLDS = 5
"""Number of folds of the cross-fit; fewer where a class has fewer photos."""


@dataclass(frozen=True)
class Curve:
    """Counts at each threshold, the highest one first; a photo is positive where its score reaches the threshold.

    Attributes:
        thresholds: (M,) infinity, at which no photo is positive, then the distinct scores, descending.
        true_positives: (M,) photos of the class at or above the threshold.
        false_positives: (M,) other photos at or above the threshold.
        positives: Number of photos of the class.
        negatives: Number of other photos.
    """

    thresholds: NDArray[np.float64]
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]
    positives: int
    negatives: int

    @property
    def recall(self) -> NDArray[np.float64]:
        """Recall, or true positive rate (M,); 0 without photos of the class."""
        return np.asarray(self.true_positives / max(1, self.positives))

    @property
    def false_positive_rate(self) -> NDArray[np.float64]:
        """False positive rate (M,); 0 without other photos."""
        return np.asarray(self.false_positives / max(1, self.negatives))

    @property
    def precision(self) -> NDArray[np.float64]:
        """Precision (M,); 1 at the first threshold, at which no photo is positive."""
        called = self.true_positives + self.false_positives
        return np.asarray(np.divide(self.true_positives, called, out=np.ones(len(called)), where=called > 0))

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall (M,)."""
        total = self.true_positives + self.false_positives + self.positives
        return np.asarray(2 * self.true_positives / np.maximum(1, total))

    @property
    def area(self) -> float:
        """Area under the ROC curve; NaN without photos of the class, or without others."""
        if not self.positives or not self.negatives:
            return math.nan
        return float(np.trapezoid(self.recall, self.false_positive_rate))

    @property
    def average_precision(self) -> float:
        """Mean precision over the steps of the recall; NaN without photos of the class."""
        if not self.positives:
            return math.nan
        return float(np.sum(np.diff(self.recall) * self.precision[1:]))


Rule = Callable[[Curve], float]
"""Chooses a threshold of a curve; infinity where no photo should be positive."""


def curve(scores: NDArray[Any], positive: NDArray[np.bool_]) -> Curve:
    """The curve of scores (N,), where `positive` (N,) is True for photos of the class."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = np.asarray(scores, np.float64)[order], np.asarray(positive, bool)[order]
    ends = np.flatnonzero(np.diff(ranked, append=-np.inf)) if len(ranked) else np.zeros(0, np.int64)
    true = np.concatenate([[0], np.cumsum(hits)[ends]]).astype(np.int64)
    false = np.concatenate([[0], np.cumsum(~hits)[ends]]).astype(np.int64)
    return Curve(np.concatenate([[np.inf], ranked[ends]]), true, false, int(hits.sum()), int((~hits).sum()))


def best_f1(points: Curve) -> float:
    """The threshold with the highest F1; the highest of several."""
    return float(points.thresholds[int(points.f1.argmax())])


def recall_at_least(recall: float) -> Rule:
    """The highest threshold with at least this recall; minus infinity where the class has no photos."""

    def rule(points: Curve) -> float:
        # The tolerance lets 19 of 20 count as 0.95.
        reached = np.flatnonzero(points.recall >= recall - 1e-12)
        return float(points.thresholds[reached[0]]) if len(reached) else -math.inf

    return rule


def precision_at_least(precision: float) -> Rule:
    """The lowest threshold with at least this precision, that is the one with the highest recall."""

    def rule(points: Curve) -> float:
        reached = np.flatnonzero(points.precision >= precision - 1e-12)
        return float(points.thresholds[reached[-1]])  # at infinity the precision is 1

    return rule


def least_cost(false_positive: float, false_negative: float) -> Rule:
    """The threshold with the lowest cost of errors; the highest of several."""

    def rule(points: Curve) -> float:
        missed = points.positives - points.true_positives
        return float(
            points.thresholds[int((false_positive * points.false_positives + false_negative * missed).argmin())]
        )

    return rule


def parse(text: str) -> tuple[str, Rule]:
    """A rule and its name in words, from a text such as those in `studio.spec.decision.CRITERIA`.

    In `cost=1:5` the first number is the cost of a photo that is wrongly called one of the class, the second that of
    a photo of the class that is missed.

    Raises:
        ValueError: It is not such a text.
    """
    name, _, value = text.partition("=")
    if text == "f1":
        return "best F1", best_f1
    if name in ("recall", "precision"):
        share = float(value)
        if not 0 < share <= 1:
            raise ValueError(f"{value} is not a share above 0, at most 1")
        return f"{name} at least {share:g}", (recall_at_least if name == "recall" else precision_at_least)(share)
    if name == "cost":
        wrong, missed = (float(part) for part in value.split(":"))
        if min(wrong, missed) < 0 or not math.isfinite(wrong + missed):
            raise ValueError("costs must be finite and not negative")
        words = f"lowest cost, {wrong:g} for a false positive and {missed:g} for a missed photo"
        return words, least_cost(wrong, missed)
    raise ValueError(f"“{text}” is not a rule")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold with its numbers.

    Attributes:
        value: The threshold, chosen on all photos of a part; not finite where the rule cannot be met.
        precision: Precision of thresholds that were chosen on other photos.
        recall: Recall of the same thresholds.
        f1: F1 of the same thresholds.
        folds: Number of folds; 1 where the metrics are those on the photos that the threshold was chosen on, 0 where
            it was chosen on another part.
    """

    value: float
    precision: Interval
    recall: Interval
    f1: Interval
    folds: int


def cross_fitted(scores: NDArray[Any], positive: NDArray[np.bool_], rule: Rule, seed: int = 0) -> Threshold:
    """Choose a threshold for one class, and judge the rule on photos that it did not see.

    Args:
        scores: (N,) probabilities of the class.
        positive: (N,) True for its photos.
        rule: Chooses the threshold.
        seed: Seed of the folds.
    """
    positive = np.asarray(positive, bool)
    places = folds(positive, FOLDS, seed)
    count = int(places.max(initial=0)) + 1
    above = np.zeros(len(scores), bool)
    for fold in range(count):
        inside = places == fold
        others = ~inside if count > 1 else inside
        above[inside] = scores[inside] >= rule(curve(scores[others], positive[others]))
    value = rule(curve(scores, positive))
    return Threshold(value, *_numbers(above, positive), count)


def chosen_elsewhere(
    chosen_on: tuple[NDArray[Any], NDArray[np.bool_]], judged_on: tuple[NDArray[Any], NDArray[np.bool_]], rule: Rule
) -> Threshold:
    """Choose a threshold on one part and judge it on another; a part is scores (N,) and True for the class (N,)."""
    value = rule(curve(*chosen_on))
    scores, positive = judged_on
    return Threshold(value, *_numbers(np.asarray(scores) >= value, np.asarray(positive, bool)), 0)


def folds(groups: NDArray[Any], count: int, seed: int = 0) -> NDArray[np.int64]:
    """A fold 0…count-1 for each photo (N,), with equal shares of every group; all 0 where a group has one photo.

    Args:
        groups: (N,) group of each photo, such as its label.
        count: Largest number of folds; at most the number of photos of the smallest group.
        seed: Seed of the shuffling.
    """
    random = np.random.default_rng(seed)
    result = np.zeros(len(groups), np.int64)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    count = min([count, *map(len, members)])
    if count < 2:
        return result
    start = 0
    for photos in members:
        result[random.permutation(photos)] = (np.arange(len(photos)) + start) % count
        start += len(photos)
    return result


def _numbers(above: NDArray[np.bool_], positive: NDArray[np.bool_]) -> tuple[Interval, Interval, Interval]:
    """Precision, recall and F1 of photos (N,) that are called positive."""
    right, called, true = int((above & positive).sum()), int(above.sum()), int(positive.sum())
    union = called + true - right
    low, high = wilson(right, union)
    value = 2 * right / (called + true) if union else 0.0
    f1 = Interval(value, 2 * low / (1 + low), 2 * high / (1 + high), len(positive), WILSON_F1)
    return of_count(right, called), of_count(right, true), f1
