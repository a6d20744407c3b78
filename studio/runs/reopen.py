"""Reads a run from disk as events, so that it is shown like a run that has just been trained.

The data set has the validation photos only, from `predictions.csv`; the losses between epochs are not recorded.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from studio.events import (
    AppliedChoices,
    Dataset,
    DatasetScanned,
    DecisionStored,
    Event,
    Events,
    LayersChanged,
    Machine,
    Photo,
    PredictedNumbers,
    PredictedProbabilities,
    RunFollowed,
    RunOpened,
    RunStarted,
    Stage,
    TrainingFinished,
    Warned,
)
from studio.jobs.workers import run_in_thread
from studio.runs import decision_file, index
from studio.runs import folder as runs
from studio.runs.files import predictions_file
from studio.runs.files.record import RunRecord, unknown_words
from studio.spec import UserError
from studio.system import remote

CHECK_EVERY = 500
"""Number of photos that are looked for between two events; at an event the job can be stopped."""


def stored_events(run: Path) -> Generator[Event, None, None]:
    """Yield the events of a run on disk, then `RunOpened`.

    Raises:
        UserError: There is no run, or it cannot be read.
    """
    yield Stage("open", "Opening the run")
    summary = index.summary(run)
    record = runs.read(run, only_known=False)
    try:
        dataset, predicted = _predictions(run, record)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UserError(f"The run {run} cannot be read ({error!r}).", "Choose another run.", run) from error
    folder = record.spec.dataset.folder
    missing = yield from run_in_thread(_count_missing(folder, dataset.photos), folder)
    yield from _events(run.absolute(), record, dataset, predicted)
    yield from _decision(run.absolute(), record)
    yield RunOpened(summary, missing)


def followed(run: Path) -> Generator[Event, None, None]:
    """Read a run that another program writes: `RunFollowed`, with its events so far; without looking for its photos.

    Raises:
        UserError: There is no run, or it cannot be read.
    """
    yield Stage("open", "Reading the run")
    summary, record = index.summary(run), runs.read(run, only_known=False)
    try:
        dataset, predicted = _predictions(run, record)
    # The record and the predictions may be of two epochs, because the other program writes one after the other.
    except (KeyError, TypeError, ValueError, IndexError):
        dataset, predicted = Dataset(record.spec.dataset.folder, record.classes, (), target=record.target), None
    yield RunFollowed(summary, tuple(_events(run.absolute(), record, dataset, predicted)))


def with_decision(run: Path, events: Events) -> Iterator[Event]:
    """The events of a resumed run, with its stored decision rule after its start."""
    stored: tuple[Event, ...] = ()
    with contextlib.suppress(UserError):  # the events of the run report the same error
        stored = tuple(_decision(run, runs.read(run)))
    try:
        for event in events:
            yield event
            if isinstance(event, RunStarted):
                yield from stored
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _decision(run: Path, record: RunRecord) -> Iterator[Event]:
    """The stored decision rule, if there is one; a warning where it cannot be read or is of another run."""
    try:
        rule = None if record.target else decision_file.read(run, record.classes)
    except UserError as error:
        yield Warned(error.title, error.hint)
        return
    if rule is not None:
        yield DecisionStored(str(run), rule)


def _count_missing(folder: str, photos: tuple[Photo, ...]) -> Generator[Stage, None, int]:
    """Count the photos that are no longer in the folder."""
    missing = 0
    if remote.url_of(folder):  # one request per photo would take too long
        return missing
    for number, photo in enumerate(photos):
        missing += not os.path.exists(os.path.join(folder, photo.path))  # noqa: PTH110, PTH118  # faster than `Path`, for 50,000 photos
        if number % CHECK_EVERY == 0:
            yield Stage("open", "Looking for the photos")
    return missing


def _events(
    run: Path, record: RunRecord, dataset: Dataset, predicted: PredictedProbabilities | PredictedNumbers | None
) -> Iterator[Event]:
    yield _started(run, record)
    yield DatasetScanned(dataset)
    if record.features is not None:
        yield record.features
    if record.unknown:
        yield Warned(*unknown_words(record.unknown))
    yield from record.warnings
    yield from record.epochs
    if record.layers:
        yield LayersChanged(record.layers_epoch, record.layers, record.adapters)
    if predicted is not None:
        yield predicted
    if record.evaluation is not None:
        yield record.evaluation
    if record.frozen_unchanged is not None:
        yield TrainingFinished(
            str(run),
            record.frozen_unchanged,
            record.changed_layers,
            dict(record.seconds),
            record.best_epoch,
            record.stopped_early,
        )


def _started(run: Path, record: RunRecord) -> RunStarted:
    return RunStarted(
        run=str(run),  # the current folder; the record has the one in which the run was created
        spec=record.spec,
        device=record.device,
        cut=record.cut,
        feature_shape=record.feature_shape,
        trainable_parameters=record.trainable_parameters,
        total_parameters=record.total_parameters,
        frozen_layers=record.frozen_layers,
        weights_hash=record.weights_hash,
        preprocess=record.preprocess,
        precision=record.precision,
        differences=record.differences,
        ranges=record.value_range,
        choices=record.choices,
        machine=record.machine or Machine(),
    )


def _predictions(run: Path, record: RunRecord) -> tuple[Dataset, PredictedProbabilities | PredictedNumbers | None]:
    """The validation photos and their predictions; None if the run ended before it wrote predictions."""
    classes, target = record.classes, record.target
    predictions_file.require_names(run, classes)
    rows = predictions_file.read(run)
    dataset = Dataset(
        record.spec.dataset.folder,
        classes,
        predictions_file.photos_of(rows, classes, target),
        record.skipped,
        record.split_found,
        checked=True,
        target=target,
        choices=AppliedChoices(record.choices),
    )
    if not rows:
        return dataset, None
    epoch, places = record.predicted_epoch, np.arange(len(rows), dtype=np.int64)
    if target:
        return dataset, PredictedNumbers(epoch, places, predictions_file.numbers_of(rows))
    return dataset, PredictedProbabilities(epoch, places, predictions_file.probabilities_of(rows, classes))
