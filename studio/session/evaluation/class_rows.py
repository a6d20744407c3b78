"""The rows of the table of classes on the Evaluate page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.evaluate.documents.values import interval
from studio.evaluate.intervals import Interval, of_count
from studio.evaluate.verdicts import FEW
from studio.events import Report
from studio.formatting.language import tr
from studio.session.evaluation.deciding import RuleScores
from studio.session.part_results import PartResults
from studio.session.part_words import BEFORE_PHOTOS

WITHOUT_ROWS = tr("The scores of each class appear with the evaluation of the run.")
"""Text below the empty table, while the run is judged."""

Ends = tuple[float, float] | None


@dataclass(frozen=True)
class ClassRow:
    """A class, or an average of all.

    Attributes:
        name: Its name.
        photos: Number of its judged photos.
        precision, recall, f1: Its metrics; None where they are unknown.
        intervals: Their 95 % intervals; None where they are unknown.
        note: “only 3 validation photos of this class”; "" where there are enough.
        is_average: True for a row over all classes.
    """

    name: str
    photos: int
    precision: float | None
    recall: float | None
    f1: float | None
    intervals: tuple[Ends, Ends, Ends] = (None, None, None)
    note: str = ""
    is_average: bool = False

    def values(self) -> tuple[float | None, float | None, float | None]:
        """Precision, recall, F1."""
        return self.precision, self.recall, self.f1


def note(photos: int, part: str) -> str:
    """The note on a class with few photos; "" for enough."""
    if photos >= FEW:
        return ""
    if not photos:
        return tr("no {part} photos of this class").format(part=part)
    return (
        tr("only {photos} {part} photo of this class")
        if photos == 1
        else tr("only {photos} {part} photos of this class")
    ).format(photos=photos, part=part)


def rows(results: PartResults, report: Report | None, by_rule: RuleScores | None = None) -> tuple[ClassRow, ...]:
    """A row for each class; until the evaluation is computed, by the report of the epoch.

    Args:
        results: The evaluation.
        report: The report of the epoch; None for another epoch or part.
        by_rule: The scores by the rule of the results; None until they are computed.
    """
    part = BEFORE_PHOTOS[results.judged.split]
    if not results.rule.is_plain:
        return _answered(results, part, by_rule)
    if results.document:
        return tuple(_row(row, part) for row in results.document["per_class"])
    if report is None:
        return ()
    return tuple(
        ClassRow(
            one.name,
            one.images,
            one.precision,
            one.recall,
            one.f1,
            (None, one.recall_interval, None),
            note(one.images, part),
        )
        for one in report.classes
    )


def _answered(results: PartResults, part: str, by_rule: RuleScores | None) -> tuple[ClassRow, ...]:
    """The classes by the answers of a decision rule; a photo without an answer counts as missed."""
    counts, classes = results.counts, results.classes
    if by_rule is not None:
        return tuple(
            ClassRow(
                one.name, one.support, one.precision.value, one.recall.value, one.f1.value,
                (_ends(one.precision), _ends(one.recall), _ends(one.f1)), note(one.support, part),
            )
            for one in by_rule.classes
        )  # fmt: skip
    table = []
    for label, (name, true) in enumerate(
        zip(classes, np.bincount(results.judged.truth, minlength=len(classes)).tolist(), strict=True)
    ):
        right, called = int(counts[label, label]), int(counts[:, label].sum())
        precision, recall = of_count(right, called), of_count(right, true)
        f1 = 2 * right / (true + called) if true + called else 0.0
        ends = (_ends(precision), _ends(recall), None)
        table.append(ClassRow(name, true, precision.value, recall.value, f1, ends, note(true, part)))
    return tuple(table)


def _ends(one: Interval) -> Ends:
    return (one.low, one.high) if one.is_known else None


def averages(results: PartResults, by_rule: RuleScores | None = None) -> tuple[ClassRow, ...]:
    """Macro and weighted averages; () until the evaluation, or the scores by the rule, are computed."""
    metrics, count = results.document.get("metrics", {}), len(results.judged.paths)
    if not results.rule.is_plain:
        metrics = {key: interval(one) for key, one in by_rule.metrics.items()} if by_rule is not None else {}
    names = ("macro", "weighted") if "macro_f1" in metrics else ()
    return tuple(
        ClassRow(
            tr("{name} average").format(name=name),
            count,
            *_numbers({key: metrics[f"{name}_{key}"] for key in KEYS}),
            "",
            True,
        )
        for name in names
    )


KEYS = ("precision", "recall", "f1")


def _row(data: Mapping[str, Any], part: str) -> ClassRow:
    return ClassRow(data["name"], data["support"], *_numbers(data), note(data["support"], part))


def _numbers(data: Mapping[str, Any]) -> tuple[float, float, float, tuple[Ends, Ends, Ends]]:
    values = [float(data[key]["value"]) for key in KEYS]
    ends: list[Ends] = [(data[key]["low"], data[key]["high"]) if data[key]["low"] is not None else None for key in KEYS]
    return values[0], values[1], values[2], (ends[0], ends[1], ends[2])
