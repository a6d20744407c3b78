"""Comparison of two runs on the photos that both judged: fixed and broken photos, McNemar's test, differences.

The photos are the same, so their predictions are compared in pairs: two accuracies may differ
significantly although their intervals overlap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import OF_PAIRS, Interval, completed, difference_steps, wilson
from studio.formatting.numbers import many

SIGNIFICANT = 0.05
"""p-value below which a difference counts as significant."""

FEW = 10
"""With fewer photos that only one of the two runs predicts correctly, no test can tell much."""

ENOUGH = 150
"""Number of photos from which on the interval of a difference of losses or errors is reliable."""

NEWCOMBE = "Newcombe, paired (method 10)"


@dataclass(frozen=True)
class Pairs:
    """Photos that two runs A and B judged, by which of them predicted correctly; indices into the common photos.

    Attributes:
        fixed: Wrong in A, right in B.
        broken: Right in A, wrong in B.
        both_wrong: Wrong in both.
        both_right: Right in both.
    """

    fixed: NDArray[np.int64]
    broken: NDArray[np.int64]
    both_wrong: NDArray[np.int64]
    both_right: NDArray[np.int64]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Numbers of photos in the order of the attributes."""
        return len(self.fixed), len(self.broken), len(self.both_wrong), len(self.both_right)


def pairs(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> Pairs:
    """Sort the common photos by which run predicted them correctly; both arguments are (N,)."""
    first, second = np.asarray(right_a, bool), np.asarray(right_b, bool)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"{first.shape} and {second.shape} are not the same photos.")
    return Pairs(*map(np.flatnonzero, (~first & second, first & ~second, ~first & ~second, first & second)))


def mcnemar(fixed: int, broken: int) -> float:
    """Two-sided p-value of McNemar's exact test: that of a fair coin that comes up heads `fixed` times.

    Q. McNemar, "Note on the Sampling Error of the Difference Between Correlated Proportions or Percentages",
    Psychometrika 12 (1947), 153-157.
    """
    total, least = fixed + broken, min(fixed, broken)
    if fixed < 0 or broken < 0:
        raise ValueError("Numbers of photos must not be negative.")
    if fixed == broken:
        return 1.0
    # With logarithms, because the binomial coefficients of many photos exceed the range of a float.
    logs = [math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) for k in range(least + 1)]
    return min(1.0, 2 * math.fsum(math.exp(value - total * math.log(2)) for value in logs))


def side(better: int, worse: int) -> tuple[int, float]:
    """Compare a run with its baseline by McNemar's test.

    Args:
        better: Photos that only the run predicts correctly.
        worse: Photos that only the baseline predicts correctly.

    Returns:
        1 where the run is significantly better, -1 where it is significantly worse, else 0; and the p-value.
    """
    p = mcnemar(better, worse)
    if p >= SIGNIFICANT:
        return 0, p
    return (1 if better > worse else -1), p


def accuracy_difference(counts: tuple[int, int, int, int]) -> Interval:
    """Accuracy of B minus that of A with Newcombe's interval for paired proportions.

    R. G. Newcombe, "Improved Confidence Intervals for the Difference Between Binomial Proportions Based on Paired
    Data", Statistics in Medicine 17 (1998), 2635-2650, method 10: Wilson's intervals of both accuracies, combined by
    means of their correlation φ, which is corrected for continuity.

    Args:
        counts: Numbers of photos fixed, broken, wrong in both and right in both.
    """
    fixed, broken, wrong, right = counts
    total = sum(counts)
    if not total:
        return Interval(0.0, -1.0, 1.0, 0, NEWCOMBE)
    share_a, share_b = (right + broken) / total, (right + fixed) / total
    low_a, high_a = wilson(right + broken, total)
    low_b, high_b = wilson(right + fixed, total)
    phi = _correlation(right, broken, fixed, wrong)
    down, up = share_b - low_b, high_a - share_a
    below = math.sqrt(max(0.0, down * down - 2 * phi * down * up + up * up))
    up, down = high_b - share_b, share_a - low_a
    above = math.sqrt(max(0.0, up * up - 2 * phi * up * down + down * down))
    difference = (fixed - broken) / total
    return Interval(difference, max(-1.0, difference - below), min(1.0, difference + above), total, NEWCOMBE)


def _correlation(right: int, broken: int, fixed: int, wrong: int) -> float:
    product = (right + broken) * (fixed + wrong) * (right + fixed) * (broken + wrong)
    if product == 0:
        return 0.0
    cross, half = float(right * wrong - broken * fixed), sum((right, broken, fixed, wrong)) / 2
    if cross > 0:
        cross = max(cross - half, 0.0)
    return cross / math.sqrt(product)


def mean_difference(values_a: NDArray[Any], values_b: NDArray[Any], seed: int = 0) -> Interval:
    """Mean of B minus that of A, of values per photo (N,) such as losses or errors, by the bootstrap of the pairs."""
    return completed(difference_steps(np.asarray(values_b, np.float64) - np.asarray(values_a, np.float64), seed))


def few_words(difference: Interval) -> str:
    """A caution that the interval of a difference of losses or errors may be too narrow; "" with enough photos."""
    if difference.method != OF_PAIRS or not 0 < difference.n < ENOUGH:
        return ""
    return (
        f"{many(difference.n, 'photo')} may include none of a rare kind with a large difference, so the true "
        "difference may lie outside the interval in more than 5 of 100 cases. "
        f"With {ENOUGH} photos or more it rarely does."
    )


def verdict(fixed: int, broken: int) -> str:
    """The result of McNemar's test in a few words: “B is better”, “within noise”, “too few to tell”, “the same”."""
    if mcnemar(fixed, broken) < SIGNIFICANT:
        return "B is better" if fixed > broken else "A is better"
    if fixed == broken == 0:
        return "the same"
    return "too few to tell" if fixed + broken < FEW else "within noise"


def verdict_of_numbers(difference: Interval) -> str:
    """The result of comparing two errors in a few words, from the interval of B - A."""
    if not difference.n:
        return "no photo in common"
    if not difference.is_known:
        return "too few to tell"
    if difference.low == difference.high == 0:
        return "the same"
    if difference.low <= 0 <= difference.high:
        return "within noise"
    return "B is better" if difference.value < 0 else "A is better"


def numbers_in_words(difference: Interval) -> str:
    """The result of comparing two errors as one sentence, with what to do next."""
    word = verdict_of_numbers(difference)
    if word.endswith("better"):
        return f"{word}: its mean error is lower."
    return {
        "no photo in common": "A and B judged no photo in common.",
        "too few to tell": f"Only {many(difference.n, 'photo')}: too few to tell. Compare them on more photos.",
        "the same": "A and B have the same errors.",
    }.get(word, "Within noise. Compare them on more photos, or repeat both with other seeds.")


def in_words(fixed: int, broken: int, names: tuple[str, str] = ("A", "B")) -> str:
    """The result of McNemar's test as one sentence, with what to do next."""
    p, (first, second) = mcnemar(fixed, broken), names
    value = "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
    if fixed == broken == 0:
        return f"{first} and {second} are right about the same photos."
    if p < SIGNIFICANT:
        better = second if fixed > broken else first
        return f"{better} is better, {value}: {many(fixed, 'photo')} fixed, {broken:,} broken."
    if fixed + broken < FEW:
        number = f"Only {fixed + broken} photo{' differs' if fixed + broken == 1 else 's differ'}"
        return f"{number}: too few to tell, {value}. Compare them on more photos."
    changed = f"{many(fixed, 'photo')} fixed, {broken:,} broken"
    return f"Within noise, {value}: {changed}. Compare them on more photos, or repeat both with other seeds."


@dataclass(frozen=True, slots=True)
class JudgedPhoto:
    """A photo that a run judged, as needed to match it with those of another run.

    Attributes:
        path: Path relative to the folder of the data set.
        content: Hash of the file's content; "" where it is unknown.
    """

    path: str
    content: str = ""


def match(
    photos_a: Sequence[JudgedPhoto], photos_b: Sequence[JudgedPhoto]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the common photos in both lists (N,), each used once.

    The same content is the same photo, wherever it lies; where the content of one is unknown, the same path is.
    """
    by_content: dict[str, list[int]] = {}
    by_path = {photo.path: place for place, photo in enumerate(photos_b)}
    for place, photo in enumerate(photos_b):
        if photo.content:
            by_content.setdefault(photo.content, []).append(place)
    first: list[int] = []
    second: list[int] = []
    used: set[int] = set()
    for place, photo in enumerate(photos_a):
        other = _partner(photo, photos_b, by_path, by_content, used)
        if other is not None:
            used.add(other)
            first.append(place)
            second.append(other)
    return np.array(first, np.int64), np.array(second, np.int64)


def _partner(
    photo: JudgedPhoto,
    others: Sequence[JudgedPhoto],
    by_path: Mapping[str, int],
    by_content: Mapping[str, list[int]],
    used: set[int],
) -> int | None:
    """Position of the same photo among the others; None where there is none, or it is used already."""
    same_path = by_path.get(photo.path)
    if same_path is not None and same_path not in used:
        other = others[same_path]
        if not photo.content or not other.content or photo.content == other.content:
            return same_path
    same_content = by_content.get(photo.content, []) if photo.content else []
    return next((place for place in same_content if place not in used), None)


def differences(settings_a: Mapping[str, Any], settings_b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The settings that differ, as rows `setting`, `a`, `b`; nested settings by their path, as in `train.epochs`."""
    first, second = _flat(settings_a), _flat(settings_b)
    keys = [*first, *(key for key in second if key not in first)]
    return [
        {"setting": key, "a": first.get(key), "b": second.get(key)} for key in keys if first.get(key) != second.get(key)
    ]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            rows |= _flat(value, f"{prefix}{key}.")
        else:
            rows[f"{prefix}{key}"] = value
    return rows
