"""Parts of the jobs that judge and compare runs: steps of a comparison, facts on both runs, the main value."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from studio.evaluate.documents import comparison
from studio.events import ComparedPhotos, Event, JudgedPart
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop
from studio.runs.files.record import RunRecord


def in_steps(steps: comparison.Steps, stop: Stop) -> Generator[Event, None, tuple[dict[str, Any], ComparedPhotos]]:
    """Run the steps of a comparison with progress; a stop takes effect after the current step."""
    pace, done = Pace("compare", comparison.SAMPLES, "samples"), 0
    while True:
        try:
            done += next(steps)
        except StopIteration as end:
            yield pace.end(comparison.SAMPLES)
            result: tuple[dict[str, Any], ComparedPhotos] = end.value
            return result
        if stop():
            raise Interrupted
        if (progress := pace.at(done)) is not None:
            yield progress


def splits(a: RunRecord, b: RunRecord) -> dict[str, dict[str, int]]:
    """Number of photos in each split, for run `a` and run `b`."""
    return {
        name: {split: sum(row.values()) for split, row in record.counts.items()}
        for name, record in (("a", a), ("b", b))
    }


def facts(a: RunRecord, b: RunRecord) -> list[dict[str, Any]]:
    """The facts in which two runs differ, besides their settings: `fact`, `a`, `b`."""
    rows = [
        {
            "trainable_parameters": record.trainable_parameters,
            "cached": record.cut,
            "cached_shape": list(record.feature_shape),
            "device": record.device,
            "photos": record.photos,
            "epochs": len(record.epochs),
            "seconds": record.duration,
            "seconds_per_epoch": float(np.median([epoch.seconds for epoch in record.epochs]))
            if record.epochs
            else None,
        }
        for record in (a, b)
    ]
    return [{"fact": key, "a": rows[0][key], "b": rows[1][key]} for key in rows[0] if rows[0][key] != rows[1][key]]


def main_value(judged: JudgedPart, regression: bool) -> float:
    """The accuracy or, for `regression`, the mean absolute error."""
    if regression:
        return float(np.nan_to_num(np.abs(judged.predicted.astype(np.float64) - judged.truth)).mean())
    return float((np.nan_to_num(judged.predicted).argmax(axis=1) == judged.truth).mean())
