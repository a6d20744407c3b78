"""The cells of a confusion matrix in the order shown: their counts, shares and colors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.formatting import numbers, typography
from studio.session.evaluation import confusion_view
from studio.session.evaluation.confusion_view import Order, Shown
from studio.ui.theme import color_scale
from studio.ui.theme.palette import Palette

EMPTY = 0
"""Color code of a cell without photos. Others are 1 + 2 × step of the ramp, and 1 more for errors: where several cells
share a pixel, the largest code wins, which is that of the largest share."""

LEAST_CODE = 1 + 2 * 64
"""Code of the palest color of a pixel that stands for several cells, for correct photos."""

CODES = 1 + 2 * color_scale.STEPS


class MatrixCells:
    """A confusion matrix as it is shown. Rows and columns are positions in the order shown, not labels.

    Attributes:
        counts: (K, K) numbers of photos by label.
        classes: Names in the order of the labels.
        shown: Content of the cells.
        order: Label at each position.
        place: Position of each label.
    """

    def __init__(
        self, counts: NDArray[np.int64], classes: Sequence[str], shown: Shown = "counts", order: Order = "name"
    ) -> None:
        self.counts, self.classes, self.shown = counts, classes, shown
        self.order = confusion_view.order_of(counts, order)
        self.place = np.empty_like(self.order)
        self.place[self.order] = np.arange(len(self.order))
        self._pooled: tuple[tuple[int, int], NDArray[np.uint16]] | None = None

    def __len__(self) -> int:
        return len(self.classes)

    @cached_property
    def names(self) -> list[str]:
        """Names in the order shown, each on one line."""
        return [typography.one_line(self.classes[label]) for label in self.order]

    @cached_property
    def row_totals(self) -> list[str]:
        """Number of photos of each true class."""
        return _texts(self.counts.sum(axis=1)[self.order].tolist())

    @cached_property
    def column_totals(self) -> list[str]:
        """Number of photos predicted as each class."""
        return _texts(self.counts.sum(axis=0)[self.order].tolist())

    @cached_property
    def _filled(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]:
        """Rows, columns and color codes of the cells with photos: of 1,000 classes most cells have none."""
        true, guess = np.divmod(np.flatnonzero(self.counts), max(1, len(self)))  # faster than np.nonzero
        share = self.counts[true, guess] / (self._sums[guess] if self.shown == "column" else self._sums[true])
        steps = np.rint(share * (color_scale.STEPS - 1)).astype(np.uint16)
        codes = (2 * steps + 1 + (true != guess)).astype(np.uint16)
        return self.place[true], self.place[guess], codes

    @cached_property
    def _sums(self) -> NDArray[np.int64]:
        """Number of photos of each true class, or of each predicted one, by label."""
        return np.asarray(self.counts.sum(axis=0 if self.shown == "column" else 1))

    @cached_property
    def codes(self) -> NDArray[np.uint16]:
        """(K, K) color code of each cell, in the order shown."""
        rows, columns, codes = self._filled
        every = np.zeros((len(self), len(self)), np.uint16)
        every[rows, columns] = codes
        return every

    def labels_at(self, row: int, column: int) -> tuple[int, int]:
        """True and predicted label at a position."""
        return int(self.order[row]), int(self.order[column])

    def count(self, row: int, column: int) -> int:
        """Number of photos at a position."""
        return int(self.counts[self.labels_at(row, column)])

    def share(self, row: int, column: int) -> float:
        """Share at a position, of its row or of its column."""
        true, guess = self.labels_at(row, column)
        return float(self.counts[true, guess] / max(1, self._sums[guess if self.shown == "column" else true]))

    def words(self, row: int, column: int) -> str:
        """The cell at a position in words."""
        return confusion_view.cell_words(self.counts, self.classes, *self.labels_at(row, column))

    def pooled(self, rows: int, columns: int) -> NDArray[np.uint16]:
        """Color codes in fewer rows and columns than there are classes: each is the largest of its cells.

        Single photos would hardly be seen in cells of a pixel, so none is paler than `LEAST_CODE`.
        """
        if self._pooled is None or self._pooled[0] != (rows, columns):
            number = len(self)
            down, across, codes = self._filled
            pixels = np.zeros(rows * columns, np.uint16)
            # The same rounding as in `MatrixGeometry`: pixel p starts with class p * number // pixels.
            place = ((down + 1) * rows - 1) // number * columns + ((across + 1) * columns - 1) // number
            np.maximum.at(pixels, place, np.maximum(codes, LEAST_CODE + (codes - 1) % 2))
            self._pooled = (rows, columns), pixels.reshape(rows, columns)
        return self._pooled[1]

    def strongest(self, rows: range, columns: range) -> tuple[int, int]:
        """Position of the cell with the largest code in an area."""
        part = self.codes[rows.start : rows.stop, columns.start : columns.stop]
        row, column = divmod(int(part.argmax()), part.shape[1])
        return rows.start + row, columns.start + column


@lru_cache(maxsize=2)
def colors(palette: Palette) -> NDArray[np.uint32]:
    """(513,) color of each code, as 0xffRRGGBB: one ramp for correct photos, another one for errors."""
    table = np.empty((CODES, 3), np.uint32)
    table[EMPTY] = color_scale.rgb(palette.raised)
    for place, ends in enumerate(ramps(palette)):
        table[1 + place :: 2] = color_scale.ramp_colors(*ends)
    return np.asarray(0xFF000000 + (table[:, 0] << 16) + (table[:, 1] << 8) + table[:, 2], np.uint32)


@lru_cache(maxsize=2)
def inks(palette: Palette) -> tuple[str, ...]:
    """Color of the number on each code."""
    right, wrong = (color_scale.ramp(*ends)[1] for ends in ramps(palette))
    return palette.muted, *(ink for pair in zip(right, wrong, strict=True) for ink in pair)


def ramps(palette: Palette) -> tuple[tuple[str, str], tuple[str, str]]:
    """Colors of the shares 0 and 1, of correct photos and of errors."""
    return color_scale.ends(palette), (palette.bad_soft, palette.bad)


def _texts(totals: list[int]) -> list[str]:
    """Numbers as text; most of 1,000 totals are equal, and each text takes microseconds."""
    texts = {total: numbers.exact(total) for total in set(totals)}
    return [texts[total] for total in totals]
