"""A run on disk, told again as the events it was made from, so that its results are shown as those of a run just made.

Only what the record holds can be told: the photos are those of the validation, from `predictions.csv`, and the live
loss between epochs is gone.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from studio.evaluate.best_epoch import from_record
from studio.events import (
    ClassScore,
    Dataset,
    DatasetFound,
    Event,
    Extracted,
    Judged,
    JudgedNumbers,
    LayerChange,
    LayersMoved,
    NumberReport,
    Photo,
    Predicted,
    PredictedNumbers,
    Report,
    RunOpened,
    RunStarted,
    Skipped,
    Stage,
    Trained,
    Warned,
)
from studio.jobs.workers import run_in_thread
from studio.runs import folder as runs
from studio.runs import index, value_ranges
from studio.spec import PreprocessSpec, UserError
from studio.spec.serialization import run_spec_from_json

LOOK_EVERY = 500
"""Photos looked for between two chances to stop."""


def replayed(run: Path) -> Generator[Event, None, None]:
    """The events of a run on disk, then `RunOpened`.

    Raises:
        UserError: There is none, or it cannot be read.
    """
    yield Stage("open", "Opening the run")
    found = index.summary(run)
    data = runs.read(run)
    try:
        told = list(_told(run.absolute(), data))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UserError(f"The run {run} cannot be read ({error!r}).", "Choose another run.", run) from error
    dataset = next((event.dataset for event in told if isinstance(event, DatasetFound)), None)
    photos = dataset.photos if dataset is not None else ()
    gone = yield from run_in_thread(_gone(found.spec.dataset.folder, photos), found.spec.dataset.folder)
    yield from told
    yield RunOpened(found, gone)


def _gone(folder: str, photos: tuple[Photo, ...]) -> Generator[Stage, None, int]:
    """How many photos are no longer where they were."""
    gone = 0
    for number, photo in enumerate(photos):
        gone += not os.path.exists(os.path.join(folder, photo.path))  # noqa: PTH110, PTH118  # 50,000
        if number % LOOK_EVERY == 0:
            yield Stage("open", "Looking for the photos")
    return gone


def _told(run: Path, data: dict[str, Any]) -> Iterator[Event]:
    yield _started(run, data)
    dataset, predicted = _predictions(run, data)
    yield DatasetFound(dataset)
    if features := data.get("features"):
        yield Extracted(**features)
    for warning in data.get("warnings", ()):
        yield Warned(**warning)
    for epoch in data["epochs"]:
        yield from_record(epoch)
    if layers := data.get("layers"):
        yield LayersMoved(float(data["layers_epoch"]), tuple(LayerChange(**layer) for layer in layers))
    judged = data.get("judged_epoch") or len(data["epochs"])
    if predicted is not None:
        yield predicted
    if report := data.get("report"):
        yield _judged(judged, report, data)
    if data.get("frozen_unchanged") is not None:
        yield Trained(
            str(run),
            bool(data["frozen_unchanged"]),
            tuple(data["changed_layers"]),
            dict(data["seconds"]),
            int(data.get("best_epoch") or 0),
            bool(data.get("stopped_early")),
        )


def _started(run: Path, data: dict[str, Any]) -> RunStarted:
    return RunStarted(
        run=str(run),  # where it lies now, not where it was made
        spec=run_spec_from_json(data["spec"]),
        device=str(data["device"]),
        cut=str(data["cut"]),
        feature_shape=tuple(data["feature_shape"]),
        trainable_parameters=int(data["trainable_parameters"]),
        total_parameters=int(data["total_parameters"]),
        frozen_layers=tuple(data["frozen_layers"]),
        weights_hash=str(data["weights_hash"]),
        preprocess=PreprocessSpec(**_tuples(data["preprocess"])),
        precision=str(data.get("precision", "float32")),
        differences=tuple(data.get("differences", ())),
        ranges=value_ranges.of(data),
    )


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def _predictions(run: Path, data: dict[str, Any]) -> tuple[Dataset, Predicted | PredictedNumbers | None]:
    """The validation photos and what was said of them; none where the run ended before it wrote any."""
    classes: tuple[str, ...] = tuple(data["classes"])
    target = str(data.get("target") or "")
    rows = _rows(run)
    label = {name: number for number, name in enumerate(classes)}
    photos = tuple(
        Photo(row[0], 0, "val", float(row[1])) if target else Photo(row[0], label[row[1]], "val") for row in rows
    )
    folder = run_spec_from_json(data["spec"]).dataset.folder
    skipped = tuple(Skipped(**item) for item in data["skipped"])
    dataset = Dataset(folder, classes, photos, skipped, bool(data.get("split_found")), checked=True, target=target)
    if not rows:
        return dataset, None
    epoch = int(data.get("judged_epoch") or len(data["epochs"]))
    places = np.arange(len(rows), dtype=np.int64)
    if target:
        return dataset, PredictedNumbers(epoch, places, np.array([float(row[2]) for row in rows], np.float32))
    shares = np.array([[float(share) for share in row[3:]] for row in rows], np.float32)
    if shares.shape != (len(rows), len(classes)):
        raise ValueError(f"{runs.PREDICTIONS} has {shares.shape[1]} classes, not {len(classes)}")
    return dataset, Predicted(epoch, places, shares)


def _rows(run: Path) -> list[list[str]]:
    try:
        with (run / runs.PREDICTIONS).open(newline="", encoding="utf-8") as file:
            return list(csv.reader(file))[1:]
    except FileNotFoundError:
        return []
    except (OSError, csv.Error) as error:
        raise ValueError(str(error)) from error


def _judged(epoch: int, report: dict[str, Any], data: dict[str, Any]) -> Judged | JudgedNumbers:
    if "mae" in report:
        return JudgedNumbers(epoch, NumberReport(**_tuples(report)))
    scores = tuple(ClassScore(**_tuples(score)) for score in report["classes"])
    confusion = np.array(data["confusion"], np.int64)
    whole = {**report, "interval": tuple(report["interval"]), "classes": scores, "confusion": confusion}
    return Judged(epoch, Report(**whole))
