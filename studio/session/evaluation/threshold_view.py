"""Data of the threshold card: curves of a class, its operating point, calibration and coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import Interval
from studio.evaluate.probabilities import calibration, curve_areas, decisions, scores, thresholds
from studio.evaluate.probabilities.thresholds import Curve
from studio.events import JudgedPart
from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session import part_results
from studio.session.part_results import PartResults
from studio.spec.decision import DecisionRule

Numbers = NDArray[np.float64]
Kind = Literal["pr", "roc", "reliability", "coverage"]

TITLES: dict[Kind, tuple[str, str]] = {
    "pr": (tr("Precision–recall"), tr("Precision and recall of the class at every threshold")),
    "roc": (tr("ROC"), tr("Recall and false alarms of the class at every threshold")),
    "reliability": (
        tr("Reliability"),
        tr("Accuracy of photos of similar confidence: on the diagonal, 0.8 means 80 % right"),
    ),
    "coverage": (tr("Coverage"), tr("Share of wrong answers where the most doubtful photos stay unanswered")),
}

MOST_POINTS = 2000
"""Largest number of points of a curve that are drawn."""

MOST_CROSS_FITTED = 200_000
"""Number of probabilities up to which the window computes a cross-fit."""

MOST_TICKS = 3000
"""Largest number of photos that are drawn in one rug plot."""


@dataclass(frozen=True)
class Plot:
    """A curve to draw.

    Attributes:
        x, y: Its points.
        x_name, y_name: Names of the axes.
        point: The operating point; None for none.
        diagonal: True to draw the line from (0, 0) to (1, 1): perfect calibration, or chance.
        marks: Points that are drawn larger than the curve.
        sentence: The plot in one sentence.
    """

    x: Numbers
    y: Numbers
    x_name: str
    y_name: str
    point: tuple[float, float] | None = None
    diagonal: bool = False
    marks: tuple[tuple[float, float], ...] = ()
    sentence: str = ""

    def table(self) -> str:
        """The points as CSV."""
        rows = (f"{x:.6g},{y:.6g}" for x, y in zip(self.x.tolist(), self.y.tolist(), strict=True))
        return "\n".join((f"{self.x_name},{self.y_name}", *rows, ""))


@dataclass(frozen=True)
class Rugs:
    """Every photo by its probability of the class, drawn as ticks.

    Attributes:
        own, own_wrong: Probabilities of the photos of the class, and True for each that is answered wrongly.
        others, others_wrong: The same of the other photos.
    """

    own: Numbers
    own_wrong: NDArray[np.bool_]
    others: Numbers
    others_wrong: NDArray[np.bool_]


class _LastCurve:
    """Cache of the last curve, for a user who moves a threshold: it depends on the probabilities alone."""

    def __init__(self) -> None:
        self._last: tuple[NDArray[Any], JudgedPart, int, Curve] | None = None

    def __call__(self, results: PartResults, label: int) -> Curve:
        """The curve of a class over the photos."""
        shares, last = results.answers.probabilities, self._last
        if last is None or last[0] is not shares or last[1] is not results.judged or last[2] != label:
            points = thresholds.curve(shares[:, label], results.judged.truth == label)
            last = self._last = (shares, results.judged, label, points)
        return last[3]


curve = _LastCurve()


def first_class(results: PartResults) -> int:
    """The class that is shown first: one with a threshold, or else that with the lowest F1 of those with photos."""
    named = [one.name for one in results.rule.thresholds if one.name in results.classes]
    if named:
        return results.classes.index(named[0])
    counts = results.counts
    true = np.bincount(results.judged.truth, minlength=len(results.classes))
    f1 = 2 * counts.diagonal() / np.maximum(1, true + counts.sum(axis=0))
    return int(np.where(true > 0, f1, math.inf).argmin())


@dataclass(frozen=True)
class NumberRow:
    """A number beside the plot.

    Attributes:
        name: Its name.
        text: Its value.
        interval: Its 95 % interval: “0.812 – 0.934”; "" where it has none.
        is_bad: True where it counts wrong photos.
    """

    name: str
    text: str
    interval: str = ""
    is_bad: bool = False


def rows_of_class(results: PartResults, label: int, points: Curve) -> list[NumberRow]:
    """The numbers beside the plot."""
    counts = results.counts
    true = int((results.judged.truth == label).sum())
    right, called = int(counts[label, label]), int(counts[:, label].sum())
    one = scores.of_class(results.classes[label], right, true, called)
    area, average = curve_areas.roc_area(points), curve_areas.average_precision(points)
    return [
        _score("precision", one.precision, called),
        _score("recall", one.recall, true),
        _score("F1", one.f1, true + called),
        _score("AP", average, true),
        _score("AUC", area, true * (len(results.judged.truth) - true)),
        NumberRow("found", numbers.exact(right)),
        NumberRow("missed", numbers.exact(true - right), is_bad=True),
        NumberRow(tr("false alarms"), numbers.exact(called - right), is_bad=True),
    ]


def _score(name: str, one: Interval, photos: int) -> NumberRow:
    return NumberRow(name, f"{one.value:.3f}", f"{one.low:.3f} – {one.high:.3f}") if photos else NumberRow(name, "–")


def operating_point(results: PartResults, label: int) -> tuple[float, float, float]:
    """Recall, precision and false alarm rate of the answers for a class; precision 1 where none is answered."""
    counts, truth = results.counts, results.judged.truth
    true, right, called = int((truth == label).sum()), int(counts[label, label]), int(counts[:, label].sum())
    others = len(truth) - true
    return right / max(1, true), right / called if called else 1.0, (called - right) / max(1, others)


def plot(kind: Kind, results: PartResults, label: int, points: Curve) -> Plot:
    """One of the plots."""
    name = results.classes[label]
    if kind == "pr":
        recall, precision, _ = operating_point(results, label)
        x, y = _thinned(points.recall, points.precision)
        words = tr("{name}: precision {precision:.3f} at recall {recall:.3f}.").format(
            name=name, precision=precision, recall=recall
        )
        return Plot(x, y, f"recall of {name}", "precision", (recall, precision), sentence=words)
    if kind == "roc":
        recall, _, false = operating_point(results, label)
        x, y = _thinned(points.false_positive_rate, points.recall)
        words = tr("{name}: recall {recall:.3f} at a false alarm rate of {false:.3f}.").format(
            name=name, recall=recall, false=false
        )
        return Plot(x, y, f"false alarm rate of {name}", "recall", (false, recall), True, sentence=words)
    if kind == "reliability":
        table = calibration.reliability(results.judged.truth, results.answers.probabilities)
        marks = tuple((one.confidence, one.accuracy) for one in table if one.count)
        x, y = (np.array([mark[axis] for mark in marks], np.float64) for axis in (0, 1))
        words = tr("Calibration error {error_of:.3f}.").format(error_of=calibration.error_of(table))
        return Plot(x, y, "confidence", "accuracy", None, True, marks, words)
    return _coverage(results)


def _coverage(results: PartResults) -> Plot:
    truth, shares = results.judged.truth, results.answers.probabilities
    confidence = shares.max(axis=1) if len(truth) else np.zeros(0)
    wrong = results.predicted != truth
    order = np.lexsort((~wrong, -confidence))
    answered = np.arange(1, len(truth) + 1)
    x, y = _thinned(answered / max(1, len(truth)), np.cumsum(wrong[order]) / answered)
    sure = int(results.sure.sum())
    risk = float(wrong[results.sure].mean()) if sure else 0.0
    coverage = sure / max(1, len(truth))
    words = tr("{coverage} answered, {risk} of these wrong.").format(
        coverage=numbers.percent(coverage), risk=numbers.percent(risk)
    )
    return Plot(x, y, "share answered", "share wrong", (coverage, risk), sentence=words)


def rugs(results: PartResults, label: int) -> Rugs:
    """The photos as ticks; of very many only some, chosen from the wrongly answered ones first."""
    shares = np.asarray(results.answers.probabilities[:, label], np.float64)
    own = results.judged.truth == label
    called = (results.predicted == label) & results.sure
    parts: list[tuple[Numbers, NDArray[np.bool_]]] = []
    for chosen, wrong in ((own, ~called), (~own, called)):
        rows = np.flatnonzero(chosen)
        if len(rows) > MOST_TICKS:
            first = rows[np.argsort(~wrong[rows], kind="stable")]
            rows = np.concatenate([first[: MOST_TICKS // 2], first[MOST_TICKS // 2 :: len(first) // MOST_TICKS + 1]])
        parts.append((shares[rows], wrong[rows]))
    return Rugs(*parts[0], *parts[1])


def fair_words(results: PartResults, rule: DecisionRule, label: int) -> tuple[str, bool]:
    """Whether the numbers are biased by the choice of the rule, in a sentence, and True where it is a caution."""
    if rule.is_plain:
        return tr("The most probable class is the answer. Move the slider, or set a threshold by a rule."), False
    split, epoch = results.judged.split, results.judged.epoch
    if rule.epoch not in (0, epoch):
        return tr("Chosen for epoch {epoch}, and these are the results of epoch {epoch2}: choose again.").format(
            epoch=rule.epoch, epoch2=epoch
        ), True
    if split != rule.chosen_on:
        return tr("Chosen on other photos than these {truth:,}: the numbers are fair.").format(
            truth=len(results.judged.truth)
        ), False
    if not decisions.is_fitted(rule):
        return tr("Set by hand on these photos: expect worse results on new ones."), True
    shares = part_results.finite(results.judged.predicted)
    if shares.size > MOST_CROSS_FITTED:
        return (
            tr(
                "Chosen on these photos: expect worse results on new ones. “thaw threshold” gives cross-fitted numbers."
            ),
            True,
        )
    answers, folds = decisions.cross_fitted(rule, results.judged.truth, shares, results.classes)
    if folds < 2:
        return tr("Chosen on these photos, too few for a cross-fit: expect worse results on new ones."), True
    truth, called = results.judged.truth, (answers.labels == label) & answers.sure
    right, true = int((called & (truth == label)).sum()), int((truth == label).sum())
    precision = f"{right / called.sum():.3f}" if called.any() else "–"
    recall = f"{right / true:.3f}" if true else "–"
    share = float(answers.sure.mean())
    answered = tr(", {share} answered").format(share=numbers.percent(share)) if share < 1 else ""
    return tr(
        "Chosen on these photos. Cross-fit, {folds} folds: precision {precision}, recall {recall}{answered}."
    ).format(folds=folds, precision=precision, recall=recall, answered=answered), True


def coverage_words(results: PartResults) -> str:
    """How many photos are answered, and how well."""
    sure, count = int(results.sure.sum()), len(results.sure)
    if sure == count:
        return tr("all photos are answered")
    right = sure - int(results.wrong.sum())
    share = numbers.percent(right / sure) if sure else "–"
    return tr("{sure} answered, {share} of these right").format(sure=numbers.percent(sure / max(1, count)), share=share)


def _thinned(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    count = min(len(x), MOST_POINTS)
    places = np.unique(np.linspace(0, max(0, len(x) - 1), count).round().astype(np.int64))
    return np.asarray(x, np.float64)[places], np.asarray(y, np.float64)[places]


def criterion(kind: str, values: Sequence[float]) -> str:
    """A rule as `thresholds.parse` reads it, from its kind and its numbers."""
    return f"{kind}={':'.join(f'{value:g}' for value in values)}" if values else kind
