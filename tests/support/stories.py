"""Events of invented runs, and their records on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from epochs import class_epoch, number_epoch

from studio.evaluate import classification
from studio.events import (
    Checkpoint,
    Dataset,
    DatasetScanned,
    Evaluated,
    Event,
    Figure,
    LayerChange,
    LayersChanged,
    Photo,
    PredictedNumbers,
    PredictedProbabilities,
    Report,
    RunStarted,
    TrainingFinished,
    ValueRanges,
)
from studio.runs.files.record import RunRecord
from studio.spec import DatasetSpec, FreezePlan, PreprocessSpec, RunSpec, TrainSpec
from studio.spec.structs import replace

CLASSES = ("ants", "bees")
PHOTOS = tuple(
    Photo(f"{name}/{n}.jpg", label, "val" if n == 0 else "train", n / 4)
    for label, name in enumerate(CLASSES)
    for n in (0, 1)
)
SPEC = RunSpec(DatasetSpec("/photos"), freeze=FreezePlan(batch_norm="update"), train=TrainSpec(epochs=4))
LOSSES = (0.6, 0.4, 0.5, 0.45, 0.3)


def run_json(run: Path) -> dict[str, Any]:
    """The JSON of a run's record."""
    data: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return data


def finished(count: int = 4, **fields: Any) -> RunRecord:
    """The record of a finished run, without its layers and photos."""
    epochs = tuple(class_epoch(number + 1, 0.5, 0.9, LOSSES[number], 0.5, 0.1) for number in range(count))
    facts = {
        "status": "done",
        "spec": SPEC,
        "preprocess": PreprocessSpec(),
        "classes": CLASSES,
        "counts": {},
        "value_range": ValueRanges(),
    }
    return RunRecord(**{**facts, "epochs": epochs, **fields})


def epoch(number: int) -> Iterator[Event]:
    if LOSSES[number - 1] == min(LOSSES[:number]):  # predictions are yielded only for the best epoch so far
        shares = np.array([[0.8, 0.2], [0.3, 0.7]], np.float32) if number % 2 else np.full((2, 2), 0.5, np.float32)
        yield PredictedProbabilities(number, np.array([0, 2]), shares)
        yield Evaluated(number, classification.report(np.array([0, 1]), shares, CLASSES, 0.9))
    yield class_epoch(number, 0.5, 0.9, LOSSES[number - 1], 1.0 if number % 2 else 0.5, 0.1, lr=1e-3)


def begin(run: Path, resumed: int = 0, spec: RunSpec = SPEC) -> Iterator[Event]:
    yield RunStarted(str(run), spec, "cpu", "features", (3,), 12, 100, ("conv",), "abc", resumed=resumed)
    yield DatasetScanned(Dataset("/photos", CLASSES, PHOTOS))


def again(run: Path, past: int, until: int) -> Iterator[Event]:
    """A run resumed after `past` epochs."""
    yield from begin(run, past, replace(SPEC, train=TrainSpec(epochs=until)))
    for number in range(1, past + 1):
        yield list(epoch(number))[-1]
    for number in range(past + 1, until + 1):
        yield from epoch(number)
    yield TrainingFinished(str(run), True, (), {"total": 3.0}, best_epoch=5, stopped_early=True)


def story(run: Path, epochs: int, spec: RunSpec = SPEC) -> Iterator[Event]:
    yield from begin(run, spec=spec)
    for number in range(1, epochs + 1):
        yield from epoch(number)
        yield Checkpoint(float(number), 0.01)


def with_proof(run: Path) -> Iterator[Event]:
    yield from begin(run)
    yield LayersChanged(0.5, (LayerChange("conv", True, True, 0.0), LayerChange("fc", False, False, 0.1)))
    yield from epoch(1)
    yield LayersChanged(1.0, (LayerChange("conv", True, True, 0.0), LayerChange("fc", False, False, 0.25)))
    yield TrainingFinished(str(run), True, (), {"total": 2.0}, best_epoch=1)


def number_story(run: Path) -> Iterator[Event]:
    yield from begin(run)
    photos = tuple(replace(photo, label=0) for photo in PHOTOS)
    yield DatasetScanned(Dataset("/photos", ("age",), photos, target="age"))
    yield PredictedNumbers(1, np.array([1, 3]), np.array([0.2, 0.375], np.float32))
    figures = (Figure("mae", 0.5, (0.4, 0.6)), Figure("rmse", 0.7), Figure("r2", 0.9), Figure("baseline_mae", 2.0))
    yield Evaluated(1, Report(2, figures, "Good", "Good.", lowest=0.0, highest=0.5))
    yield number_epoch(1, 0.5, 0.4, 0.1, 0.4, 0.5)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from stories import story
from studio.events import Epoch
from studio.runs import folder as runs
for event in runs.record_events(story(Path(sys.argv[1]), 4), Path(sys.argv[1])):
    if isinstance(event, Epoch) and event.epoch == 3:
        os.kill(os.getpid(), signal.SIGKILL)
"""
"""A program that is killed in a run (first argument) after its third epoch; second argument: this folder."""
