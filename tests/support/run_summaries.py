"""Summaries of runs, as run lists show them."""

from __future__ import annotations

from studio.events import Figure, RunSummary
from studio.spec import DatasetSpec, RunSpec, TrainSpec

PHOTOS = "/nowhere/photos"


def summary(name: str, state: str = "done", epochs: int = 3, planned: int = 3, **more: object) -> RunSummary:
    spec = RunSpec(DatasetSpec(PHOTOS), train=TrainSpec(epochs=planned))
    facts = {
        "photos": 40,
        "classes": 2,
        "figure": Figure("accuracy", 0.9, (0.8, 0.95)),
        "best_epoch": 2,
        "result_epoch": 1,
        "seconds": 4.0,
    }
    facts |= {"started": "2026-01-02T03:04:05+00:00", "checkpoint": "2026-01-02T03:05:00+00:00", "size": 2_000_000}
    return RunSummary(f"/nowhere/runs/{name}", state, spec, epochs=epochs, **{**facts, **more})  # type: ignore[arg-type]


DONE, INTERRUPTED = summary("done"), summary("interrupted", "interrupted", 2, 5)
