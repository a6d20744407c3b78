"""The note below each figure of a report: its interval, or values to compare it with."""

from __future__ import annotations

from studio.evaluate.metrics import find, in_report
from studio.events import Figure, Report
from studio.formatting import numbers


def note(report: Report, figure: Figure) -> str:
    """The note below a figure; "" for none."""
    metric = find(figure.key)
    parts = []
    if figure.interval is not None:
        parts.append(f"95{numbers.NARROW}% interval {metric.interval_text(figure.interval)}")
    if figure.key == "macro_f1" and report.classes:
        worst = min(report.classes, key=lambda score: score.f1)
        parts.append(f"lowest class: {worst.name} ({worst.f1:.3f})")
    if figure.key == "rmse":
        parts.append(f"targets from {numbers.figures(report.lowest)} to {numbers.figures(report.highest)}")
    parts += [f"{row.name}: {row.text(other.value)}" for row, other in in_report(report) if row.beside == figure.key]
    return ", ".join(parts)
