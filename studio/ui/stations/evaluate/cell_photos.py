"""Captions and enlarged views of judged photos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from studio.events import Dataset
from studio.formatting.language import tr
from studio.session.evaluation import label_review
from studio.session.part_results import PartResults
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_items import Line, PhotoItem, PhotoItems, Selected
from studio.ui.stations.evaluate.grid_choices import marked

SHORT = 20
"""Total letters of two class names up to which both fit on one line."""


def items(
    results: PartResults,
    rows: NDArray[np.int64],
    dataset: Dataset | None = None,
    copies: Mapping[str, str] = MappingProxyType({}),
) -> PhotoItems:
    """Grid items for these rows: “ants → bees 0.97”, and the file name.

    Args:
        results: The results.
        rows: Their photos to show.
        dataset: The open data set, whose choices about them are shown.
        copies: By path of a photo: the training photo that shows the same, which is named in place of the file name.
    """
    own = label_review.dataset_of(results, dataset)
    right = label_review.accepted(own)

    def item_at(number: int) -> PhotoItem:
        item = marked(_item(results, int(rows[number]), copies), own, right)
        if item.path not in copies:
            return item
        return item._replace(
            remarks=(
                *item.remarks,
                tr("{path} shows the same as {copies}").format(path=item.path, copies=copies[item.path]),
            )
        )

    def place(path: str) -> int:
        row = results.row_of.get(path, -1)
        places = np.flatnonzero(rows == row)
        return int(places[0]) if len(places) else -1

    return PhotoItems(len(rows), item_at, place, Selected(results.judged.paths, rows))


def _item(results: PartResults, row: int, copies: Mapping[str, str]) -> PhotoItem:
    label, guess_label = int(results.judged.truth[row]), int(results.predicted[row])
    true, guess = results.classes[label], results.classes[guess_label]
    path = results.judged.paths[row]
    file = PurePosixPath(path).name
    wrong, sure = "bad" if guess_label != label else "text", f"{results.confidence[row]:.2f}"
    if len(true) + len(guess) <= SHORT:
        pair = true if label == guess_label else f"{true} → {guess}"
        first: tuple[Line, ...] = (Line(pair, sure, wrong),)
    else:  # each name gets a line, so that both can be read
        first = (
            Line(tr("true {true}").format(true=true), name=true),
            Line(tr("predicted {guess}").format(guess=guess), sure, wrong, guess),
        )
    last = f"= {copies[path]}" if path in copies else file
    return PhotoItem(path, file, lines=(*first, Line(last, color_role="muted")))


def viewed(results: PartResults, rows: NDArray[np.int64], number: int) -> ViewedPhoto:
    """The photo at index `number` of `rows`, with the probabilities of all classes."""
    row = rows[number]
    probabilities = results.judged.predicted[row]
    named = tuple(
        (results.classes[one], float(probabilities[one])) for one in np.argsort(-probabilities, kind="stable")
    )
    file = str(Path(results.judged.folder, results.judged.paths[row]))
    return ViewedPhoto(file, results.classes[results.judged.truth[row]], named)
