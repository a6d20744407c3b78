"""A run of three classes with difficult names as events, and its record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from epochs import class_epoch

from studio.evaluate import classification
from studio.events import (
    Dataset,
    DatasetScanned,
    Evaluated,
    Event,
    FeaturesComputed,
    Photo,
    PredictedProbabilities,
    RunStarted,
    Skipped,
    Stage,
    TrainingFinished,
    Warned,
)
from studio.spec import DatasetSpec, RunSpec

CLASSES = ("hat, red", 'cat "tom"', "猫")
PHOTOS = tuple(
    Photo(f"{name}/{n}.jpg", label, "val" if n == 0 else "train") for label, name in enumerate(CLASSES) for n in (0, 1)
)
SPEC = RunSpec(DatasetSpec("/photos"))


def started(run: Path) -> RunStarted:
    return RunStarted(str(run), SPEC, "cpu", "features", (3,), 12, 100, ("conv",), "abc")


def epoch(number: int) -> Iterator[Event]:
    shares = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2]], np.float32)
    yield PredictedProbabilities(number, np.array([0, 2, 4]), shares)
    yield Evaluated(number, classification.report(np.array([0, 1, 2]), shares, CLASSES, 0.9))
    yield class_epoch(number, 0.5, 0.9, 0.6, 2 / 3, 0.1)


def story(run: Path, epochs: int = 2, end: BaseException | None = None) -> Iterator[Event]:
    yield Stage("scan", "Listing photos")
    yield started(run)
    yield Warned("1.jpg was left out.", "It is damaged.")
    yield FeaturesComputed(6, 0, 1.5)
    yield DatasetScanned(Dataset("/photos", CLASSES, PHOTOS, (Skipped("x.jpg", "not an image"),)))
    for number in range(1, epochs + 1):
        yield from epoch(number)
    if end is not None:
        raise end
    yield TrainingFinished(str(run), True, (), {"total": 3.0})


def record(run: Path) -> dict:
    return json.loads((run / "run.json").read_text(encoding="utf-8"))
