"""Numbers of the documents as text: values, intervals and names of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.evaluate.probe import PROBES
from studio.formatting import numbers

SHARES = ("accuracy", "precision", "recall", "f1")
"""Metrics whose key ends in one of these are shown in percent."""

NAMES = {
    "mae": "mean absolute error",
    "rmse": "RMSE",
    "r2": "R²",
    "baseline_mae": "error of predicting the mean",
}


def metric_name(key: str) -> str:
    """“macro F1” for `macro_f1`, “nearest class mean” for the probe `centroid`."""
    if key in PROBES:
        return PROBES[key].name
    return NAMES.get(key, key.replace("_", " ").replace("f1", "F1"))


def metric(value: float | None, key: str, signed: bool = False) -> str:
    """A value of a metric: “94.8 %”, “0.251”; a difference of shares in points."""
    if value is None:
        return "–"
    sign = "+" if signed and value > 0 else ""
    if not key.endswith(SHARES):
        return sign + numbers.figures(value)
    if not signed:
        return numbers.percent(value)
    return f"{sign}{value * 100:.1f}{numbers.NARROW}points".replace("-", "−")


def interval(one: Mapping[str, Any], key: str, signed: bool = False) -> str:
    """The 95 % interval of a value: “91.7 – 98.2 %”."""
    if one["low"] is None or one["high"] is None:
        return "unknown"
    if not key.endswith(SHARES):
        low, high = (numbers.figures(one[end]) for end in ("low", "high"))
        return f"{low} to {high}" if signed else f"{low} – {high}"
    if signed:
        ends = (f"{one[end] * 100:+.1f}".replace("-", "−") for end in ("low", "high"))
        return " to ".join(ends)
    return f"{one['low'] * 100:.1f} – {numbers.percent(one['high'])}"
