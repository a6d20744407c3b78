"""JSON form of a report in the record of a run, without the confusion matrix, which has a key of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np

from studio.evaluate.metrics import IN_REPORT, TaskName, find
from studio.events import ClassScore, Figure, Report
from studio.spec.encoding import conversion

FORMER_WORDS: Mapping[str, str] = MappingProxyType({"Healthy": "Good"})
"""Verdicts that earlier versions called otherwise, by their former words."""


def to_json(report: Report) -> dict[str, Any]:
    """Convert a report to JSON types: each figure and its interval under the keys of its metric."""
    row: dict[str, Any] = {"photos": report.photos}
    for figure in report.figures:
        row[figure.key] = figure.value
        if key := find(figure.key).interval_key:
            row[key] = figure.interval
    if report.confusion is None:
        row |= {"lowest": report.lowest, "highest": report.highest}
    else:
        row["classes"] = [asdict(score) for score in report.classes]
    return row | {"verdict": report.verdict, "advice": report.advice}


def from_json(row: Mapping[str, Any], confusion: Any) -> Report:
    """Convert the JSON of a record to a report; figures that an earlier version did not have are left out.

    Raises:
        KeyError, TypeError, ValueError: The JSON is not a report.
    """
    task: TaskName = "regression" if "mae" in row else "classification"
    figures = [
        {"key": metric.key, "value": row[metric.key], "interval": row.get(metric.interval_key)}
        for metric in IN_REPORT[task]
        if metric.key in row
    ]
    scores = conversion.convert(row.get("classes", ()), tuple[ClassScore, ...])
    return Report(
        # Reports on classes in version 0.1 have no number of photos.
        photos=row.get("photos", sum(score.images for score in scores)),
        figures=conversion.convert(figures, tuple[Figure, ...]),
        verdict=FORMER_WORDS.get(row["verdict"], row["verdict"]),
        advice=row["advice"],
        classes=scores,
        confusion=np.array(confusion, np.int64) if "classes" in row else None,
        lowest=row.get("lowest", 0.0),
        highest=row.get("highest", 0.0),
    )
