"""Captions and enlarged views of judged photos."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from studio.session.part_results import PartResults
from studio.ui.photos.photo_items import Line, PhotoItem
from studio.ui.photos.photo_viewer import ViewedPhoto

SHORT = 20
"""Letters of two class names up to which both fit on one line."""


def items(results: PartResults, rows: NDArray[np.int64]) -> list[PhotoItem]:
    """Grid items for these rows: “ants → bees 0.97”, and the file name."""
    guesses, truth = results.predicted[rows], results.judged.truth[rows]
    confidence = results.confidence[rows]
    grid_items = []
    for place, row in enumerate(rows):
        path = results.judged.paths[row]
        true, guess = results.classes[truth[place]], results.classes[guesses[place]]
        file = PurePosixPath(path).name
        wrong = "bad" if guesses[place] != truth[place] else "text"
        sure = f"{confidence[place]:.2f}"
        if len(true) + len(guess) <= SHORT:
            pair = true if truth[place] == guesses[place] else f"{true} → {guess}"
            first: tuple[Line, ...] = (Line(pair, sure, wrong),)
        else:  # each name gets a line, so that both can be read
            first = (Line(f"true {true}", name=true), Line(f"predicted {guess}", sure, wrong, guess))
        lines = (*first, Line(file, color_role="muted"))
        grid_items.append(PhotoItem(path, file, lines=lines))
    return grid_items


def viewed(results: PartResults, rows: NDArray[np.int64], number: int) -> ViewedPhoto:
    """A photo with all its class probabilities, by its index in `rows`."""
    row = rows[number]
    probabilities = results.judged.predicted[row]
    named = tuple(
        (results.classes[one], float(probabilities[one])) for one in np.argsort(-probabilities, kind="stable")
    )
    file = str(Path(results.judged.folder, results.judged.paths[row]))
    return ViewedPhoto(file, results.classes[results.judged.truth[row]], named)
