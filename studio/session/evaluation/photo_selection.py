"""The photos that the Evaluate page shows: all mistakes, a cell of the confusion matrix, evidence of a reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.formatting.language import counted, tr
from studio.session.part_results import PartResults

Cell = tuple[int, int]
"""True and predicted class."""


@dataclass(frozen=True)
class PhotoSelection:
    """A selection of the judged photos, which stays valid for later epochs.

    Attributes:
        cell: A cell of the confusion matrix.
        paths: Paths of photos, in the order in which they are shown; None for all mistakes, or those of the cell.
        title: The common property of the photos of `paths`.
    """

    cell: Cell | None = None
    paths: tuple[str, ...] | None = None
    title: str = ""

    @property
    def is_all_mistakes(self) -> bool:
        """True for all mistakes."""
        return self.cell is None and self.paths is None


def carried(selection: PhotoSelection, before: PartResults | None, results: PartResults) -> PhotoSelection:
    """The selection for other results; all mistakes where none of its listed photos is among them."""
    if selection.paths is None or before is None:
        return selection
    if (before.run, before.judged.split) == (results.run, results.judged.split):
        return selection
    row_of = results.row_of
    return selection if any(path in row_of for path in selection.paths) else PhotoSelection()


def rows(results: PartResults, selection: PhotoSelection) -> NDArray[np.int64]:
    """Rows of the photos: in their own order, or the most confident first, of which a wrong one is the worst."""
    if selection.paths is not None:
        row_of = results.row_of
        return np.array([row_of[path] for path in selection.paths if path in row_of], np.int64)
    if results.target:
        return np.argsort(-np.abs(np.nan_to_num(results.errors)), kind="stable").astype(np.int64)
    truth, guess, cell = results.judged.truth, results.predicted, selection.cell
    chosen = results.wrong if cell is None else (truth == cell[0]) & (guess == cell[1]) & results.sure
    places = np.flatnonzero(chosen)
    return places[np.argsort(-results.confidence[places], kind="stable")].astype(np.int64)


def title(results: PartResults, selection: PhotoSelection, number: int) -> str:
    """Heading of the photos: "ants predicted as bees · 3 photos, most confident first"."""
    photos = counted(number, "photo") if number else tr("no photos")
    if selection.paths is not None:
        return f"{selection.title} · {photos if number or results.document else tr('not judged yet')}"
    if selection.cell is None:
        if not number:
            return tr("No mistakes on the {photos}").format(photos=results.photos_words)
        return tr("All mistakes · {photos}, worst first").format(photos=photos)
    true, guess = (results.classes[label] for label in selection.cell)
    pair = (
        tr("{true}, correct").format(true=true)
        if true == guess
        else tr("{true} predicted as {guess}").format(true=true, guess=guess)
    )
    return f"{pair} · {photos}" + (tr(", most confident first") if number > 1 else "")
