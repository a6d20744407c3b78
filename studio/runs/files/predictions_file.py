"""Reads and writes `predictions.csv`: the predictions of a run on its validation photos."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.events import Dataset, Photo, PredictedNumbers, PredictedProbabilities
from studio.jobs.worker_pauses import unhurried
from studio.spec import UserError
from studio.system.files import atomic_files

FILE = "predictions.csv"

NAMES_FROM = 3
"""Columns before those with the probabilities of the classes."""


def write(run: Path, predicted: PredictedProbabilities | PredictedNumbers, dataset: Dataset) -> None:
    """Write the predictions of a run, in place of earlier ones."""
    with (
        atomic_files.atomic_write(run / FILE) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as out,
    ):
        csv.writer(out).writerows(_rows(predicted, dataset))


def read(run: Path) -> list[list[str]]:
    """Read the rows of a run's file without the header; [] if there is no file.

    Raises:
        ValueError: The file cannot be read.
    """
    try:
        with (run / FILE).open(newline="", encoding="utf-8") as file:
            return list(unhurried(csv.reader(file)))[1:]
    except FileNotFoundError:
        return []
    except (OSError, csv.Error) as error:
        raise ValueError(str(error)) from error


def require_names(run: Path, classes: tuple[str, ...]) -> None:
    """Compare the classes of a run's record with those of its predictions, in their order, if it has predictions.

    Raises:
        UserError: They differ: one of the two files was edited.
    """
    header: list[str] = []
    with contextlib.suppress(OSError, ValueError, csv.Error), (run / FILE).open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file), [])
    if len(header) > NAMES_FROM and header[NAMES_FROM:] != [f"p({name})" for name in classes]:
        raise UserError(
            f"The record of {run} names its classes otherwise, or in another order, than its predictions in {FILE}: "
            "one of the two was edited.",
            "Restore a copy of the run, or choose another one.",
            run,
        )


def photos_of(rows: Iterable[list[str]], classes: tuple[str, ...], target: str) -> tuple[Photo, ...]:
    """The validation photos of rows, with their class or target.

    Raises:
        KeyError, IndexError, ValueError: The rows do not fit the classes or the target.
    """
    if target:
        return tuple(Photo(row[0], 0, "val", float(row[1])) for row in unhurried(rows))
    label = {name: number for number, name in enumerate(classes)}
    return tuple(Photo(row[0], label[row[1]], "val") for row in unhurried(rows))


def probabilities_of(rows: list[list[str]], classes: tuple[str, ...]) -> NDArray[np.float32]:
    """Class probabilities (N, K) of rows.

    Raises:
        ValueError: The rows have another number of classes.
    """
    probabilities = np.empty((len(rows), len(classes)), np.float32)
    # Row by row: while one array was made of 12,500 lists, no other thread ran for 0.02 s.
    for place, row in enumerate(unhurried(rows)):
        if len(row) != len(classes) + 3:
            raise ValueError(f"{FILE} has {len(row) - 3} classes, not {len(classes)}")
        probabilities[place] = [float(value) for value in row[3:]]
    return probabilities


def numbers_of(rows: list[list[str]]) -> NDArray[np.float32]:
    """Predicted numbers (N,) of rows, for regression."""
    return np.array([float(row[2]) for row in rows], np.float32)


def seconds_to_write(predicted: PredictedProbabilities | PredictedNumbers | None) -> float:
    """Estimated time to write predictions: about a microsecond per number."""
    if predicted is None:
        return 0.0
    return 1e-6 * (predicted.numbers if isinstance(predicted, PredictedNumbers) else predicted.probabilities).size


def _rows(predicted: PredictedProbabilities | PredictedNumbers, dataset: Dataset) -> Iterable[list[str]]:
    if isinstance(predicted, PredictedNumbers):
        yield ["path", "true", "predicted"]
        for index, number in zip(predicted.photos.tolist(), predicted.numbers.tolist(), strict=True):
            photo = dataset.photos[index]
            yield [photo.path, f"{photo.target:.9g}", f"{number:.9g}"]
        return
    yield ["path", "true", "predicted", *(f"p({name})" for name in dataset.classes)]
    labels = predicted.probabilities.argmax(1).tolist()
    for index, label, row in zip(predicted.photos.tolist(), labels, predicted.probabilities.tolist(), strict=True):
        photo = dataset.photos[index]
        yield [photo.path, dataset.classes[photo.label], dataset.classes[label], *(f"{p:.6g}" for p in row)]
