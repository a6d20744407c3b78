"""Confusion matrices, and the difference of two, as inline SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from markupsafe import Markup

from studio.formatting import numbers
from studio.reports.charts import drawing, short

MOST_CLASSES = 40
"""Largest number of classes for which a matrix is drawn; cells of larger ones would be too small to read."""

MOST_NUMBERS = 24
"""Largest number of classes for which cells show their number; in larger ones only the tooltip has it."""

STRONGEST = 0.62
"""Opacity of the strongest cell: the number on it has a contrast of at least 4.5 : 1 in light and dark."""

Counts = Sequence[Sequence[int]]

Cell = Callable[[int, int], tuple[str, float, str, str]]
"""Style, strength from 0 to 1, text and tooltip of a cell."""


def matrix(names: Sequence[str], counts: Counts) -> Markup:
    """Draw a confusion matrix: rows true, columns predicted; colored by right or wrong and the share of the row."""

    def cell(row: int, column: int) -> tuple[str, float, str, str]:
        count, total = counts[row][column], max(sum(counts[row]), 1)
        style = "right" if row == column else "wrong"
        words = f"{numbers.many(count, 'photo')} of {numbers.exact(sum(counts[row]))}: {names[row]} → {names[column]}"
        return style, count / total, numbers.exact(count) if count or row == column else "", words

    return _drawn(names, cell, "Confusion matrix: rows true, columns predicted")


def difference(names: Sequence[str], a: Counts, b: Counts) -> Markup:
    """Draw B minus A, cell by cell; the color is by better (more right or fewer wrong photos) or worse."""
    largest = max((abs(y - x) for one, two in zip(a, b, strict=True) for x, y in zip(one, two, strict=True)), default=1)

    def cell(row: int, column: int) -> tuple[str, float, str, str]:
        before, after = a[row][column], b[row][column]
        change = after - before
        better = (change > 0) == (row == column)
        words = f"{names[row]} → {names[column]}: {numbers.exact(before)} in A, {numbers.exact(after)} in B"
        text = f"{change:+d}".replace("-", "−") if change else ("0" if before or after else "")
        return ("right" if better else "wrong"), abs(change) / max(largest, 1), text, words

    return _drawn(names, cell, "Difference of the confusion matrices, B minus A: rows true, columns predicted")


def _drawn(names: Sequence[str], cell: Cell, spoken: str) -> Markup:
    number = len(names)
    side = max(20, min(84, 640 // max(number, 1)))
    longest = max((_letters(short(name)) for name in names), default=0)
    left = 26 + longest * 7
    slanted = longest * 7 > side
    top = 26 + (longest * 5 if slanted else 18)
    width, height = left + number * side, top + number * side
    parts = [
        Markup('<text class="tick middle" x="{:g}" y="12">predicted</text>').format(left + number * side / 2),
        Markup('<text class="tick middle" transform="translate(12 {:g}) rotate(-90)">true</text>').format(
            top + number * side / 2
        ),
    ]
    for place, name in enumerate(names):
        middle = place * side + side / 2
        parts.append(
            Markup('<text class="name end" x="{:g}" y="{:g}">{}<title>{}</title></text>').format(
                left - 6, top + middle + 4, short(name), name
            )
        )
        turn = f"translate({left + middle + 3:g} {top - 6:g})" + (" rotate(-45)" if slanted else "")
        parts.append(
            Markup('<text class="name {}" transform="{}">{}<title>{}</title></text>').format(
                "" if slanted else "middle", turn, short(name), name
            )
        )
    for row in range(number):
        for column in range(number):
            style, share, text, words = cell(row, column)
            x, y = left + column * side, top + row * side
            parts.append(
                Markup(
                    '<rect class="cell {}" x="{:g}" y="{:g}" width="{}" height="{}" fill-opacity="{:.3f}">'
                    "<title>{}</title></rect>"
                ).format(style, x, y, side - 1, side - 1, STRONGEST * share, words)
            )
            if text and number <= MOST_NUMBERS:
                parts.append(
                    Markup('<text class="number middle" x="{:g}" y="{:g}">{}</text>').format(
                        x + side / 2, y + side / 2 + 4, text
                    )
                )
    room = longest * 5 if slanted else 0  # for the last slanted name
    return drawing(width + room, height + 2, spoken, parts)


def _letters(text: str) -> int:
    """Width of a text in letters of usual width; Chinese, Japanese and Korean ones are wider."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
