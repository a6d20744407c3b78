"""The one figure that a run is listed with: its main metric after the epoch that is its result."""

from __future__ import annotations

from typing import Any

from studio.evaluate.intervals import wilson
from studio.evaluate.metrics import OVER_EPOCHS, main_metric, task_of_epochs
from studio.events import Epoch, Figure, Report


def run_figure(result: Epoch | None, report: Report | None = None, photos: int = 0) -> Figure | None:
    """The figure of a run; None before its first epoch.

    Args:
        result: The epoch that is the result so far.
        report: On its predictions, where known: it has the interval.
        photos: Validation photos, where known: they give the interval of a share.
    """
    if result is None:
        return None
    metric = main_metric(task_of_epochs((result,)))
    value = result.val(metric.key)
    if value is None:
        return None
    interval = report.interval(metric.key) if report is not None else None
    if metric.format == "percent":
        interval = wilson(round(value * photos), photos) if photos else None
    return Figure(metric.key, value, interval)


def figure_values(figure: Figure | None) -> dict[str, Any]:
    """The figure as documents for programs have it: `KEY` and its interval, those of other tasks None."""
    values: dict[str, Any] = {}
    for metric in map(main_metric, OVER_EPOCHS):
        own = figure if figure is not None and figure.key == metric.key else None
        values[metric.key] = own.value if own is not None else None
        values[metric.interval_key] = own.interval if own is not None else None
    return values
