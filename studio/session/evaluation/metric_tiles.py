"""The metrics at the top of the Evaluate page: each a number with its interval and a value to compare it with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.evaluate.documents.report_notes import note
from studio.evaluate.metrics import IN_REPORT, Metric, TaskName
from studio.events import Report
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.session.evaluation import deciding
from studio.session.evaluation.deciding import RuleScores
from studio.session.part_results import PartResults

MANY_CLASSES = 10
"""Smallest number of classes for which the top-5 accuracy is shown."""

UNKNOWN = "–"

LOW_R2 = -10.0
"""Values of R² below this one are shown as “below” it."""

SHORT_TITLES = {
    "balanced_accuracy": tr("Bal. acc."),
    "top5_accuracy": tr("Top-5 acc."),
    "calibration_error": tr("Calib. error"),
    "mae": tr("Mean abs. error"),
}
"""Titles for narrow tiles."""

BALANCED = Metric(
    "balanced_accuracy",
    "balanced accuracy",
    "up",
    format="percent",
    tip=tr("Mean recall over classes, each with the same weight"),
)
TOP5 = Metric(
    "top5_accuracy",
    "top-5 accuracy",
    "up",
    format="percent",
    tip=tr("Share of photos whose class is among the five most probable"),
)


@dataclass(frozen=True)
class Tile:
    """One metric.

    Attributes:
        key: Key of the metric.
        title: Its name.
        text: Its value; “–” where it is not computed.
        note: Its interval or its meaning, one line.
        tip: What it measures, and how its interval was computed.
        value: Its value; None where it is not computed.
        low: Lower end of its interval; None where it has none.
        high: Upper end of its interval.
        reference: A value to compare it with; None for none.
        reference_words: What the reference is.
        axis: Ends of the axis on which it is drawn.
        short: The interval alone, where the note does not fit.
        short_title: A shorter name; "" for none.
    """

    key: str
    title: str
    text: str
    note: str
    tip: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    reference_words: str = ""
    axis: tuple[float, float] = (0.0, 1.0)
    short: str = ""
    short_title: str = ""

    def spoken(self) -> str:
        """The tile in one sentence, for the screen reader."""
        compared = f", {self.reference_words}" if self.reference is not None else ""
        return ", ".join(filter(None, (self.text, self.note))) + compared


def metrics_of(task: TaskName, classes: int) -> tuple[Metric, ...]:
    """The metrics that have a tile."""
    rows = [row for row in IN_REPORT[task] if row.key != "baseline_mae"]
    if task == "classification":
        rows.insert(1, BALANCED)
        if classes >= MANY_CLASSES:
            rows.insert(1, TOP5)
    return tuple(rows)


def tiles(
    task: TaskName, results: PartResults | None, report: Report | None, by_rule: RuleScores | None = None
) -> tuple[Tile, ...]:
    """The tiles of an evaluation, or, until it is computed, of the report of an epoch.

    Args:
        task: Classification or regression.
        results: The evaluation.
        report: The report of the epoch; None for another epoch or part.
        by_rule: The scores by the decision rule of the results; None until they are computed.
    """
    classes = len(results.classes) if results is not None else len(report.classes) if report is not None else 2
    figures: Mapping[str, Any] = results.document.get("metrics", {}) if results is not None else {}
    if results is not None and not results.target and not results.rule.is_plain:
        figures = deciding.metrics(results, by_rule)
    references = _references(task, results, figures, report)
    return tuple(_tile(row, figures, report, references, results) for row in metrics_of(task, classes))


def _tile(
    metric: Metric,
    figures: Mapping[str, Any],
    report: Report | None,
    references: Mapping[str, tuple[float, str]],
    results: PartResults | None,
) -> Tile:
    value, low, high, method, words = _numbers(metric, figures, report)
    reference, what = references.get(metric.key, (None, ""))
    text = UNKNOWN if value is None else metric.text(value)
    interval = _interval(metric, low, high) if low is not None and high is not None else ""
    note = tr("95\u202f% interval {interval}").format(interval=interval) if interval else words
    photos = results.photos_words if results is not None else tr("validation photos")
    tip = f"{translated(metric.explanation).replace(tr('validation photos'), photos)}."
    if method:
        tip = tr("{tip}\n95\u202f% interval: {interval} ({method})").format(
            tip=tip, interval=interval or tr("unknown"), method=translated(method)
        )
    if reference is not None:
        what = f"{metric.text(reference)} {what}"
        tip = tr("{tip}\nFor comparison: {what}").format(tip=tip, what=what)
    axis = _axis(metric, *(one for one in (value, low, high, reference)))
    return Tile(
        metric.key,
        translated(metric.title),
        text,
        note,
        tip,
        value,
        low,
        high,
        reference,
        what,
        axis,
        interval or words,
        SHORT_TITLES.get(metric.key, ""),
    )


def _interval(metric: Metric, low: float, high: float) -> str:
    if metric.key == "r2" and low < LOW_R2:  # with few photos the lower end may be anywhere
        return tr("below {low_r2} to {text}").format(low_r2=numbers.figures(LOW_R2, 2), text=metric.text(high))
    return metric.interval_text((low, high))


def _numbers(
    metric: Metric, figures: Mapping[str, Any], report: Report | None
) -> tuple[float | None, float | None, float | None, str, str]:
    """Value, both ends of the interval, its method, and a note where there is no interval."""
    if metric.key in figures:
        one = figures[metric.key]
        value = one["value"] if one["value"] is not None and math.isfinite(one["value"]) else None
        words = translated(one.get("words", "")) if value is not None else tr("not a number")
        return value, one["low"], one["high"], one["method"], words if one["low"] is None else ""
    is_live = any("words" in one for one in figures.values())  # by a decision rule: the report has no thresholds
    from_report = report is not None and (not figures or (is_live and metric.key in ("loss", "calibration_error")))
    figure = (
        None if report is None or not from_report else next((f for f in report.figures if f.key == metric.key), None)
    )
    if figure is None or report is None:
        return None, None, None, "", ""
    low, high = figure.interval or (None, None)
    words = (
        ""
        if figure.interval is None and metric.key == "loss"
        else translated(typography.one_line(note(report, figure)))
    )
    return figure.value, low, high, "", words


def _references(
    task: TaskName, results: PartResults | None, figures: Mapping[str, Any], report: Report | None
) -> dict[str, tuple[float, str]]:
    """Values of a model that has learned nothing, by the key of the metric."""
    if task == "regression":
        mean = (
            figures["baseline_mae"]["value"]
            if "baseline_mae" in figures
            else report.value("baseline_mae")
            if report
            else None
        )
        return {"r2": (0.0, tr("predicting the mean"))} | (
            {"mae": (mean, tr("predicting the mean"))} if mean is not None else {}
        )
    if results is None or not len(results.judged.truth):
        return {}
    count = len(results.classes)
    photos = np.bincount(results.judged.truth, minlength=count)
    largest = int(photos.argmax())
    share, name = float(photos[largest] / photos.sum()), typography.one_line(results.classes[largest])
    return {
        "accuracy": (share, tr("always “{name}”").format(name=name)),
        "balanced_accuracy": (1 / count, tr("by chance")),
        "macro_f1": (2 * share / (1 + share) / count, tr("always “{name}”").format(name=name)),
        "loss": (math.log(count), tr("by chance")),
        "top5_accuracy": (min(1.0, 5 / count), tr("by chance")),
    }


def _axis(metric: Metric, *values: float | None) -> tuple[float, float]:
    """Ends of the axis: a share ends at 1, an error begins at 0."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    if metric.better == "up":
        lowest = max(math.floor(min(finite) * 10 - 0.5) / 10, -1.0)
        return (max(0.0, lowest) if min(finite) >= 0 else lowest), 1.0
    return 0.0, max(*finite, 1e-9) * 1.08
