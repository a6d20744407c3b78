"""The document of `thaw compare --json`: two runs A and B on the photos that both judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import comparison
from studio.evaluate.comparison import JudgedPhoto
from studio.evaluate.documents.evaluation import interval
from studio.evaluate.intervals import of_count, of_mean
from studio.events import JudgedPart


@dataclass(frozen=True)
class ComparedRun:
    """One of two compared runs.

    Attributes:
        name: Name of the run.
        classes: Names of its classes, in the order of the labels; in regression the name of the target.
        part: Its predictions.
        settings: Its settings as JSON.
    """

    name: str
    classes: tuple[str, ...]
    part: JudgedPart
    settings: dict[str, Any]


def document(a: ComparedRun, b: ComparedRun, numbers: bool = False) -> dict[str, Any]:
    """Compare B with A; `numbers` is True for regression, where the errors of the photos are compared."""
    first, second = comparison.match(_photos(a.part), _photos(b.part))
    total = len(a.part.paths), len(b.part.paths)
    truth_a, truth_b = _truth(a, numbers)[first], _truth(b, numbers)[second]
    same = np.asarray(truth_a == truth_b, bool)
    first, second = first[same], second[same]
    shared = {
        "common": len(first),
        "photos_a": total[0],
        "photos_b": total[1],
        "relabeled": int((~same).sum()),
        "settings": comparison.differences(a.settings, b.settings),
    }
    return shared | (_numbers(a, b, first, second) if numbers else _classes(a, b, first, second))


def _classes(a: ComparedRun, b: ComparedRun, first: NDArray[np.int64], second: NDArray[np.int64]) -> dict[str, Any]:
    right_a, right_b = _right(a)[first], _right(b)[second]
    pairs = comparison.pairs(right_a, right_b)
    fixed, broken, both_wrong, both_right = pairs.counts
    paths = [b.part.paths[place] for place in second]
    return {
        "fixed": fixed,
        "broken": broken,
        "both_wrong": both_wrong,
        "both_right": both_right,
        "p_value": comparison.mcnemar(fixed, broken),
        "words": comparison.in_words(fixed, broken) if len(first) else "A and B judged no photo in common.",
        "difference": interval(comparison.accuracy_difference(pairs.counts)),
        "accuracy_a": interval(of_count(int(right_a.sum()), len(first))),
        "accuracy_b": interval(of_count(int(right_b.sum()), len(first))),
        "photos": {
            name: [paths[place] for place in getattr(pairs, name)]
            for name in ("fixed", "broken", "both_wrong", "both_right")
        },
    }


def _numbers(a: ComparedRun, b: ComparedRun, first: NDArray[np.int64], second: NDArray[np.int64]) -> dict[str, Any]:
    errors_a = np.abs(np.asarray(a.part.predicted, np.float64) - a.part.truth)[first]
    errors_b = np.abs(np.asarray(b.part.predicted, np.float64) - b.part.truth)[second]
    difference = comparison.mean_difference(errors_a, errors_b)
    better = "B" if difference.value < 0 else "A"
    real = difference.is_known and not difference.low <= 0 <= difference.high
    return {
        "fixed": None,
        "broken": None,
        "both_wrong": None,
        "both_right": None,
        "p_value": None,
        "words": f"{better} is better: its mean error is lower." if real else "Within noise.",
        "difference": interval(difference),
        "mae_a": interval(of_mean(errors_a)),
        "mae_b": interval(of_mean(errors_b)),
        "photos": {},
    }


def _photos(part: JudgedPart) -> list[JudgedPhoto]:
    return [JudgedPhoto(path, content) for path, content in zip(part.paths, part.contents, strict=True)]


def _truth(run: ComparedRun, numbers: bool) -> NDArray[Any]:
    """True class names (N,), because the number of a class depends on the other classes; or true numbers."""
    return np.asarray(run.part.truth) if numbers else _names(run.classes)[run.part.truth]


def _right(run: ComparedRun) -> NDArray[np.bool_]:
    predicted = run.part.predicted.argmax(axis=1) if len(run.part.truth) else run.part.truth
    return np.asarray(predicted == run.part.truth)


def _names(classes: Sequence[str]) -> NDArray[Any]:
    return np.array(classes, object)
