"""Geometry of a confusion matrix: the size of its cells and of the heads with the names."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QFontMetrics

MOST_HIGH, MOST_WIDE = 150, 210
"""Largest height and width of a cell where the whole matrix is fitted into its room."""

WIDER = 1.6
"""Largest ratio of the sides of a cell."""

READABLE = 14
"""Side of a cell from which every class is named."""

SCROLLED_TO = 60
"""Number of classes up to which the matrix scrolls instead of leaving out names."""

GAPS_FROM = 16
"""Side from which there are gaps between cells."""

NAMED_EVERY = 13
"""Least distance of names where not every class is named."""

STEPS = (2.0, 4.0, 8.0, 14.0, 20.0, 30.0, 44.0, 64.0, 96.0, 140.0)
"""Sides to zoom to."""

AXIS = 20
"""Height of the axis titles "true" and "predicted"."""

EDGE = 4
LONGEST_NAME, NAME_STEP = 120, 12
MEASURED = 60

LETTERS = "mMiI…"
"""Letters whose width tells fonts apart."""

MOST_CACHED = 32
_WIDEST: dict[tuple[tuple[str, ...], int, int], int] = {}


@dataclass(frozen=True)
class HeadSize:
    """Room for the names of the classes and their totals.

    Attributes:
        names: Width of the names beside the rows; longer ones are shortened.
        turned: The same for names above the columns where they are turned.
        totals: Width of the totals.
        line: Height of a line.
        longest: Width of the longest name with its total, not shortened.
    """

    names: int
    turned: int
    totals: int
    line: int
    longest: int

    @property
    def width(self) -> int:
        """Width of the head of the rows."""
        return AXIS + self.names + self.totals + 3 * EDGE

    @property
    def height_turned(self) -> int:
        """Height of the head of the columns where its names are turned."""
        return AXIS + self.turned + self.totals + 3 * EDGE

    @property
    def height_upright(self) -> int:
        """Height of the head of the columns where its names are not turned."""
        return AXIS + self.line + 2 * EDGE


def head_size(names: Sequence[str], totals: Sequence[str], metrics: QFontMetrics, room: QSize) -> HeadSize:
    """Room for these names: not more than a third of the matrix's width and two fifths of its height."""
    longest, digits = _widest(names, metrics), _widest(totals, metrics)
    beside, turned = (
        min(LONGEST_NAME, max(24, side - digits - AXIS)) // NAME_STEP * NAME_STEP
        for side in (room.width() // 3, room.height() * 2 // 5)
    )  # in steps, because names are shortened again for each width, which takes time for 1,000
    return HeadSize(min(longest, beside), min(longest, turned), digits, metrics.height(), longest + digits + 3 * EDGE)


def _widest(texts: Sequence[str], metrics: QFontMetrics) -> int:
    """Width of the widest text: of very many, only the longest ones are measured."""
    texts = _longest(tuple(texts)) if len(texts) > MEASURED else tuple(texts)
    key = texts, metrics.height(), metrics.horizontalAdvance(LETTERS)
    if key not in _WIDEST:  # letters of a script that the font lacks take milliseconds
        if len(_WIDEST) >= MOST_CACHED:
            _WIDEST.clear()
        _WIDEST[key] = max((metrics.horizontalAdvance(text) for text in texts), default=0)
    return _WIDEST[key]


@functools.lru_cache(maxsize=MOST_CACHED)
def _longest(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The longest of many texts, sorted once: heads are measured several times while the matrix is shown."""
    return tuple(sorted(texts, key=lambda text: -len(text.encode("utf-8", "replace")))[:MEASURED])


class MatrixGeometry:
    """Positions of the cells, relative to the corner of the first one.

    Attributes:
        number: Number of classes.
        wide: Width of a cell with its gap; below 1 several classes share a pixel.
        high: Height of a cell with its gap.
    """

    def __init__(self, number: int, wide: float, high: float) -> None:
        self.number = max(1, number)
        self.wide, self.high = wide, high

    @property
    def size(self) -> QSize:
        """Size of all cells."""
        return QSize(round(self.number * self.wide), round(self.number * self.high))

    @property
    def side(self) -> float:
        """Shorter side of a cell."""
        return min(self.wide, self.high)

    @property
    def gap(self) -> int:
        """Gap between cells."""
        return 0 if self.side < GAPS_FROM else 2 if self.side < 40 else 3

    @property
    def named_every(self) -> int:
        """One class in this many is named."""
        return 1 if self.side >= NAMED_EVERY else -int(-NAMED_EVERY // self.side)

    def cell(self, row: int, column: int) -> QRect:
        """Rectangle of a cell without its gap; at least one pixel."""
        if self.side < 1:
            size = self.size
            across, down = ((column + 1) * size.width() - 1, (row + 1) * size.height() - 1)
            return QRect(across // self.number, down // self.number, 1, 1)
        left, right = round(column * self.wide), round((column + 1) * self.wide)
        top, bottom = round(row * self.high), round((row + 1) * self.high)
        return QRect(left, top, max(1, right - left - self.gap), max(1, bottom - top - self.gap))

    def rows(self, top: int, bottom: int) -> range:
        """Rows from one y to another, both included."""
        return self._between(top, bottom, self.high)

    def columns(self, left: int, right: int) -> range:
        """Columns from one x to another, both included."""
        return self._between(left, right, self.wide)

    def cells_at(self, place: QPoint) -> tuple[range, range] | None:
        """Rows and columns at a point, several where they share a pixel; None outside."""
        if not QRect(QPoint(0, 0), self.size).contains(place):
            return None
        rows, columns = self.rows(place.y(), place.y()), self.columns(place.x(), place.x())
        return (rows, columns) if rows and columns else None

    def _between(self, first: int, last: int, side: float) -> range:
        if side < 1:
            pixels = round(self.number * side)
            start, stop = (min(max(0, pixel), pixels) * self.number // pixels for pixel in (first, last + 1))
        else:
            start, stop = max(0, int((first + 0.5) / side)), max(0, int((last + 0.5) / side) + 1)
        return range(min(start, self.number), min(stop, self.number))


def fitted(number: int, room: QSize) -> MatrixGeometry:
    """The geometry in which the whole matrix fits."""
    wide = min(MOST_WIDE, max(room.width(), 1) / max(1, number))
    high = min(MOST_HIGH, max(room.height(), 1) / max(1, number))
    if min(wide, high) < 4:  # pixels are few
        wide = high = min(wide, high)
    wide, high = min(wide, WIDER * high), min(high, WIDER * wide)
    if min(wide, high) >= GAPS_FROM:
        wide, high = int(wide), int(high)
    return MatrixGeometry(number, wide, high)


def usual(number: int, room: QSize) -> MatrixGeometry:
    """The geometry before any zoom: the whole matrix, except where a larger one has all names."""
    whole = fitted(number, room)
    if whole.side < READABLE and number <= SCROLLED_TO:
        return MatrixGeometry(number, max(READABLE, whole.wide), READABLE)
    return whole


def zoomed(number: int, room: QSize, side: float) -> MatrixGeometry:
    """The geometry with cells of at least this side; the fitted one where that is larger."""
    whole = fitted(number, room)
    return whole if side <= whole.side else MatrixGeometry(number, max(side, whole.wide), max(side, whole.high))


def next_side(side: float, step: int, whole: float) -> float:
    """The side after zooming in (1) or out (-1); not below that of the whole matrix."""
    if step > 0:
        return next((one for one in STEPS if one > side * 1.05), max(side, STEPS[-1]))
    return max(whole, next((one for one in reversed(STEPS) if one < side * 0.95), whole))
