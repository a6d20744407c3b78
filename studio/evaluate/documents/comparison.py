"""The document of `thaw compare --json`: two runs A and B on the photos that both judged."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.compare import comparison, paired_metrics
from studio.evaluate.compare.comparison import JudgedPhoto
from studio.evaluate.compare.paired_metrics import PairedMetric
from studio.evaluate.documents.values import interval
from studio.evaluate.intervals import RESAMPLES, completed, of_count, of_mean
from studio.evaluate.probabilities import scores
from studio.events import ComparedPhotos, JudgedPart

GROUPS = ("fixed", "broken", "both_wrong", "both_right")

MOST_CLASSES = 40
"""Number of classes up to which the document has both confusion matrices."""

MOST_CHANGES = 20
"""Most cells in the list of the largest changes between the two confusion matrices."""

MOST_EXAMPLES = 100
"""Most photos in each list of examples."""

SAMPLES = 3 * RESAMPLES
"""Number of bootstrap samples of a comparison, which has three metrics."""

Steps = Generator[int, None, tuple[dict[str, Any], ComparedPhotos]]


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


def document(a: ComparedRun, b: ComparedRun, regression: bool = False) -> dict[str, Any]:
    """Compare B with A; `regression` is True for numbers, where the errors of the photos are compared."""
    return compare(a, b, regression)[0]


def compare(a: ComparedRun, b: ComparedRun, regression: bool = False) -> tuple[dict[str, Any], ComparedPhotos]:
    """The document, and the photos that both judged."""
    return completed(steps(a, b, regression))


def steps(a: ComparedRun, b: ComparedRun, regression: bool = False) -> Steps:
    """The document, and the photos that both judged, computed in steps of a fraction of a second.

    Yields:
        The number of bootstrap samples of each step, of `SAMPLES` in all; 0 for a step without any.
    """
    first, second = comparison.match(_photos(a.part), _photos(b.part))
    total = len(a.part.paths), len(b.part.paths)
    truth_a, truth_b = _truth(a, regression)[first], _truth(b, regression)[second]
    same = np.asarray(truth_a == truth_b, bool)
    first, second = first[same], second[same]
    shared = {
        "common": len(first),
        "photos_a": total[0],
        "photos_b": total[1],
        "relabeled": int((~same).sum()),
        "settings": comparison.differences(a.settings, b.settings),
    }
    yield 0
    rest, photos = yield from (_numbers if regression else _classes)(a, b, first, second)
    return shared | rest, photos


def _classes(a: ComparedRun, b: ComparedRun, first: NDArray[np.int64], second: NDArray[np.int64]) -> Steps:
    names = tuple(dict.fromkeys((*a.classes, *b.classes)))
    sides = []
    for run, rows in ((a, first), (b, second)):
        sides.append(_side(run, names, rows))
        yield 0
    truth = sides[0].truth
    right_a, right_b = (side.predicted == truth for side in sides)
    pairs = comparison.pairs(right_a, right_b)
    fixed, broken, both_wrong, both_right = pairs.counts
    change = np.abs(sides[1].own - sides[0].own)
    groups = {name: _most_changed(getattr(pairs, name), change) for name in GROUPS}
    photos = ComparedPhotos(
        b.part.folder,
        tuple(b.part.paths[place] for place in second),
        names,
        truth,
        (sides[0].predicted, sides[1].predicted),
        (sides[0].confidence, sides[1].confidence),
        groups,
    )
    matrices = [scores.confusion(truth, side.predicted, len(names)) for side in sides]
    losses = (sides[0].losses, sides[1].losses)
    metrics = yield from paired_metrics.class_steps(truth, photos.predicted, losses, len(names))
    few = len(names) <= MOST_CLASSES
    values = {
        "fixed": fixed,
        "broken": broken,
        "both_wrong": both_wrong,
        "both_right": both_right,
        "p_value": comparison.mcnemar(fixed, broken),
        "words": comparison.in_words(fixed, broken) if len(first) else "A and B judged no photo in common.",
        "verdict": comparison.verdict(fixed, broken) if len(first) else "no photo in common",
        "difference": interval(comparison.accuracy_difference(pairs.counts)),
        "accuracy_a": interval(of_count(int(right_a.sum()), len(first))),
        "accuracy_b": interval(of_count(int(right_b.sum()), len(first))),
        "metrics": _metric_rows(metrics),
        "confusion": {"classes": list(names), **dict(zip("ab", (m.tolist() for m in matrices), strict=True))}
        if few
        else None,
        "changes": largest_changes(matrices[0], matrices[1], names),
        "photos": {name: [photos.paths[place] for place in getattr(pairs, name)] for name in GROUPS},
        "examples": {
            name: [_example(photos, place) for place in groups[name][:MOST_EXAMPLES].tolist()] for name in GROUPS[:3]
        },
    }
    return values, photos


@dataclass(frozen=True)
class _Side:
    """Predictions of one run on the common photos; labels are indices into the classes of both runs together.

    Attributes:
        truth: (N,) labels.
        predicted: (N,) predicted labels.
        confidence: (N,) probability of the predicted class.
        own: (N,) probability of the true class.
        losses: (N,) cross-entropy.
    """

    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    own: NDArray[np.float64]
    losses: NDArray[np.float64]


def _side(run: ComparedRun, names: Sequence[str], rows: NDArray[np.int64]) -> _Side:
    places = {name: place for place, name in enumerate(names)}
    labels = np.array([places[name] for name in run.classes], np.int64)
    shares = np.asarray(run.part.predicted)[rows]
    if not np.isfinite(shares).all():
        shares = np.nan_to_num(shares, nan=0.0, posinf=0.0, neginf=0.0)
    truth = np.asarray(run.part.truth)[rows]
    if not len(rows):
        empty, none = np.zeros(0, np.int64), np.zeros(0)
        return _Side(empty, empty, none, none, none)
    return _Side(
        labels[truth],
        labels[shares.argmax(axis=1)],
        shares.max(axis=1).astype(np.float64),
        shares[np.arange(len(rows)), truth].astype(np.float64),
        scores.losses(truth, shares),
    )


def largest_changes(
    a: NDArray[np.int64], b: NDArray[np.int64], names: Sequence[str], most: int = MOST_CHANGES
) -> list[dict[str, Any]]:
    """The cells of the confusion matrices (K, K) whose counts differ most; empty where none differs."""
    change = (b - a).ravel()
    order = np.argsort(-np.abs(change), kind="stable")[:most]
    return [
        {
            "true": names[place // len(names)],
            "predicted": names[place % len(names)],
            "a": int(a.ravel()[place]),
            "b": int(b.ravel()[place]),
        }
        for place in order.tolist()
        if change[place]
    ]


def _most_changed(rows: NDArray[np.int64], change: NDArray[np.float64]) -> NDArray[np.int64]:
    return rows[np.argsort(-change[rows], kind="stable")]


def _metric_rows(metrics: Mapping[str, PairedMetric]) -> dict[str, Any]:
    return {
        key: {
            "a": one.a,
            "b": one.b,
            "difference": interval(one.difference),
            "note": comparison.few_words(one.difference),
        }
        for key, one in metrics.items()
    }


def _example(photos: ComparedPhotos, place: int) -> dict[str, Any]:
    assert photos.confidence is not None
    sides = zip("ab", photos.predicted, photos.confidence, strict=True)
    return {
        "path": photos.paths[place],
        "true": photos.classes[photos.truth[place]],
        **{
            name: {"predicted": photos.classes[predicted[place]], "probability": float(confidence[place])}
            for name, predicted, confidence in sides
        },
    }


def _numbers(a: ComparedRun, b: ComparedRun, first: NDArray[np.int64], second: NDArray[np.int64]) -> Steps:
    truth = np.asarray(b.part.truth, np.float64)[second]
    predicted = (np.asarray(a.part.predicted, np.float64)[first], np.asarray(b.part.predicted, np.float64)[second])
    errors_a, errors_b = (np.abs(np.nan_to_num(one - truth)) for one in predicted)
    change = np.abs(errors_b - errors_a)
    groups = {
        "fixed": _most_changed(np.flatnonzero(errors_b < errors_a), change),
        "broken": _most_changed(np.flatnonzero(errors_b > errors_a), change),
        "both_wrong": np.zeros(0, np.int64),
        "both_right": np.flatnonzero(errors_b == errors_a),
    }
    paths = tuple(b.part.paths[place] for place in second)
    photos = ComparedPhotos(b.part.folder, paths, (), truth, predicted, None, groups)
    metrics = yield from paired_metrics.number_steps(truth, predicted)
    difference = metrics["mae"].difference
    values: dict[str, Any] = {
        "fixed": None,
        "broken": None,
        "both_wrong": None,
        "both_right": None,
        "p_value": None,
        "words": comparison.numbers_in_words(difference),
        "verdict": comparison.verdict_of_numbers(difference),
        "difference": interval(difference),
        "mae_a": interval(of_mean(errors_a)),
        "mae_b": interval(of_mean(errors_b)),
        "metrics": _metric_rows(metrics),
        "confusion": None,
        "changes": [],
        "photos": {},
        "examples": {
            name: [
                {
                    "path": paths[place],
                    "true": float(truth[place]),
                    "a": float(predicted[0][place]),
                    "b": float(predicted[1][place]),
                }
                for place in groups[key][:MOST_EXAMPLES].tolist()
            ]
            for name, key in (("closer", "fixed"), ("farther", "broken"))
        },
    }
    return values, photos


def _photos(part: JudgedPart) -> list[JudgedPhoto]:
    return [JudgedPhoto(path, content) for path, content in zip(part.paths, part.contents, strict=True)]


def _truth(run: ComparedRun, regression: bool) -> NDArray[Any]:
    """True class names (N,), because the runs may number the same class differently; true numbers in regression."""
    return np.asarray(run.part.truth) if regression else np.array(run.classes, object)[run.part.truth]
