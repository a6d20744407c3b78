"""Photos of a data set as items of the grid, with captions, badges and remarks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelectionModel

from studio.events import Dataset
from studio.formatting import numbers
from studio.session.part_words import PARTS
from studio.session.photos import photo_choices
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import PhotoItem, PhotoItems, Selected
from studio.ui.photos.photo_viewer import open_viewer


def items(data: Dataset, rows: Sequence[int] | NDArray[np.int32]) -> PhotoItems:
    """The photos of these rows of `data.shown`, described only when a cell is drawn."""
    paths, choices = data.shown_paths, data.choices.by_path
    everything = isinstance(rows, range)

    def item_at(number: int) -> PhotoItem:
        photo = data.shown[rows[number]]
        caption = numbers.figures(photo.target, 4) if data.target else data.classes[photo.label]
        excluded = photo.path in choices and choices[photo.path].excluded
        part = "" if data.split_pending else PARTS[photo.split]
        note = " · ".join(filter(None, (caption, "excluded" if excluded else part)))
        return PhotoItem(
            photo.path,
            photo.path.rpartition("/")[2],
            note,
            name=caption,
            badges=photo_choices.badges(data, photo.path),
            faded=excluded,
            remarks=photo_choices.remarks(data, photo.path),
        )

    def place(path: str) -> int:
        row = row_of(data, path)
        if everything:
            return row
        places = np.flatnonzero(np.asarray(rows) == row)
        return int(places[0]) if len(places) else -1

    keys: Sequence[str] = paths if everything else Selected(paths, np.asarray(rows))
    return PhotoItems(len(rows), item_at, place, keys)


def row_of(data: Dataset, path: str) -> int:
    """Index in `data.shown` of the photo at a relative path; -1 where there is none."""
    row = bisect_left(data.shown_paths, path)
    return row if row < len(data.shown_paths) and data.shown_paths[row] == path else -1


def make_current(grid: PhotoGrid, path: str) -> None:
    """Make a photo (absolute path) current; it alone is selected then, unless it was selected before."""
    index = grid.model().index(grid.row_of(path), 0)
    selection, flags = grid.selectionModel(), QItemSelectionModel.SelectionFlag
    selection.setCurrentIndex(index, flags.NoUpdate if selection.isSelected(index) else flags.ClearAndSelect)


def open_photo(grid: PhotoGrid, root: str, path: str) -> None:
    """Show a photo of the grid (absolute path) enlarged, with the others to step through."""
    some = grid.photos()

    def photo_at(number: int) -> ViewedPhoto:
        return ViewedPhoto(str(Path(root, some[number].path)), "", (), some[number].note, "muted")

    if (number := grid.row_of(path)) >= 0:
        open_viewer(grid, len(some), photo_at, number)
