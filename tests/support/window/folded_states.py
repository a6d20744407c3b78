"""States of the window, folded from the events of a folder and of a run."""

from __future__ import annotations

import numpy as np
from epochs import class_epoch

from studio.events import (
    ClassScore,
    Dataset,
    DatasetScanned,
    Done,
    Evaluated,
    Figure,
    LayerTable,
    Photo,
    Report,
    RunStarted,
)
from studio.session.reducer import job_started, reduce
from studio.session.state import AppState
from studio.spec import DatasetSpec, RunSpec

SPEC = RunSpec(DatasetSpec("/photos"))
PHOTOS = Dataset("/photos", ("a", "b"), (Photo("a/1.jpg", 0, "train"), Photo("b/1.jpg", 1, "val")))
TABLE = LayerTable("resnet18", (224, 224), (), 512, "fc", 11)


def opened() -> AppState:
    state = job_started(AppState(spec=SPEC), "scan")
    return reduce(reduce(state, "scan", DatasetScanned(PHOTOS)), "scan", Done())


def after(state: AppState, job: str, *events) -> AppState:
    for event in events:
        state = reduce(state, job, event)
    return state


def started(spec: RunSpec = SPEC, run: str = "/runs/1") -> RunStarted:
    return RunStarted(run, spec, "cpu", "features", (512,), 10, 20, ())


def trained(*more) -> AppState:
    return after(job_started(opened(), "train"), "train", started(), *more)


def finished() -> AppState:
    """A finished run with one epoch and its report."""
    score = ClassScore("a", 1, 1.0, 1.0, 1.0, (0.2, 1.0))
    report = Report(2, (Figure("accuracy", 1.0, (0.2, 1.0)),), "Good", "", (score, score), np.eye(2, dtype=np.int64))
    return trained(class_epoch(1, 0.6, 0.5, 0.7, 0.5, 0.1), Evaluated(1, report), Done())
