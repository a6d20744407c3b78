"""The figure of a run in the list of runs: its main metric after the result epoch."""

from __future__ import annotations

from typing import Any

from studio.evaluate.metrics import OVER_EPOCHS, main_metric, task_of_epochs
from studio.events import Epoch, Figure, Report


def run_figure(result: Epoch | None, report: Report | None = None, photos: int = 0) -> Figure | None:
    """The figure of a run; None before its first epoch.

    Args:
        result: Result epoch so far.
        report: Report on its predictions, for the interval; None where there is none.
        photos: Number of validation photos, for the interval of an accuracy; 0 where it is unknown.
    """
    if result is None:
        return None
    metric = main_metric(task_of_epochs((result,)))
    value = result.val(metric.key)
    if value is None:
        return None
    interval = report.interval(metric.key) if report is not None else None
    if metric.format == "percent":
        from studio.evaluate.intervals import wilson

        interval = wilson(round(value * photos), photos) if photos else None
    return Figure(metric.key, value, interval)


def figure_values(figure: Figure | None) -> dict[str, Any]:
    """Keys and values of the figure and its interval for JSON documents; None for metrics of the other task."""
    values: dict[str, Any] = {}
    for metric in map(main_metric, OVER_EPOCHS):
        own = figure if figure is not None and figure.key == metric.key else None
        values[metric.key] = own.value if own is not None else None
        values[metric.interval_key] = own.interval if own is not None else None
    return values
