"""A report as the record of a run holds it: without its confusion matrix, which has a key of its own there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np

from studio.events import ClassScore, NumberReport, Report


def to_json(report: Report | NumberReport) -> dict[str, Any]:
    """The report in terms of JSON."""
    return {name: part for name, part in asdict(report).items() if name != "confusion"}


def from_json(row: Mapping[str, Any], confusion: Any) -> Report | NumberReport:
    """The report of a record.

    Raises:
        KeyError, TypeError, ValueError: It is no report.
    """
    if "mae" in row:
        return msgspec.convert(row, NumberReport)
    scores = msgspec.convert(row["classes"], tuple[ClassScore, ...])
    figures = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Report(**figures | {"classes": scores, "confusion": np.array(confusion, np.int64)})
