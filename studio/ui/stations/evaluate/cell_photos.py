"""Photos of a cell of the confusion matrix: their selection, order and captions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from studio.events import Dataset, PredictedProbabilities
from studio.formatting import numbers
from studio.ui.photos.photo_items import Line, PhotoItem
from studio.ui.photos.photo_viewer import ViewedPhoto

Cell = tuple[int, int]
"""True and predicted class."""


def labels(predicted: PredictedProbabilities, dataset: Dataset) -> NDArray[np.int64]:
    """True class of each predicted photo."""
    return np.fromiter((dataset.photos[place].label for place in predicted.photos), np.int64, len(predicted.photos))


def rows_of(predicted: PredictedProbabilities, truth: NDArray[np.int64], cell: Cell | None) -> NDArray[np.int64]:
    """Rows of `predicted` that belong to a cell, most confident first.

    Args:
        predicted: Predictions of one epoch.
        truth: Return value of `labels`.
        cell: The cell; None for all mistakes, where the most confident ones are the worst.
    """
    guess = predicted.probabilities.argmax(axis=1) if len(predicted.photos) else np.zeros(0, np.int64)
    chosen = guess != truth if cell is None else (truth == cell[0]) & (guess == cell[1])
    rows = np.flatnonzero(chosen)
    confidence = predicted.probabilities[rows, guess[rows]]
    return rows[np.argsort(-confidence, kind="stable")].astype(np.int64)


def items(
    predicted: PredictedProbabilities, dataset: Dataset, truth: NDArray[np.int64], rows: NDArray[np.int64]
) -> list[PhotoItem]:
    """Grid items for these rows: true class, predicted class with its probability, file name."""
    probabilities = predicted.probabilities[rows]
    best = probabilities.argmax(axis=1)
    grid_items = []
    for place, row in enumerate(rows):
        photo = dataset.photos[int(predicted.photos[row])]
        true, guess = (dataset.classes[int(label)] for label in (truth[row], best[place]))
        file = PurePosixPath(photo.path).name
        wrong = "bad" if best[place] != truth[row] else "text"
        lines = (
            Line(f"true {true}", name=true),
            Line(f"predicted {guess}", f"{probabilities[place, best[place]]:.2f}", wrong, guess),
            Line(file, color_role="muted"),
        )
        grid_items.append(PhotoItem(photo.path, file, lines=lines))
    return grid_items


def viewed(predicted: PredictedProbabilities, dataset: Dataset, rows: NDArray[np.int64], number: int) -> ViewedPhoto:
    """A photo with all its class probabilities, by its index in `rows`."""
    row = rows[number]
    place, probabilities = int(predicted.photos[row]), predicted.probabilities[row]
    named = tuple(
        (dataset.classes[one], float(probabilities[one])) for one in np.argsort(-probabilities, kind="stable")
    )
    return ViewedPhoto(dataset.file(place), dataset.classes[dataset.photos[place].label], named)


def title(classes: Sequence[str], cell: Cell | None, number: int) -> str:
    """Heading of the photos: "ants predicted as bees · 3 photos, most confident first"."""
    if cell is None:
        if not number:
            return "No mistakes on the validation photos"
        return f"All mistakes · {numbers.many(number, 'photo')}, worst first"
    true, guess = classes[cell[0]], classes[cell[1]]
    pair = f"{true}, correct" if cell[0] == cell[1] else f"{true} predicted as {guess}"
    return f"{pair} · {numbers.many(number, 'photo') if number else 'no photos'}" + (
        ", most confident first" if number > 1 else ""
    )
