"""Positions, values and statistics of what the activation microscope shows, in words."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.events import ClassHeatmap, LayerOutput, OutputFacts
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.session.inspection.exhibit import MEAN_HEAD, Exhibit, View, Weights, difference

Pixels = NDArray[np.uint8]


def value(number: float) -> str:
    """A value of a network with three significant digits and a real minus."""
    return numbers.figures(number) if math.isfinite(number) else tr("not a number")


def name(exhibit: Exhibit, place: int) -> str:
    """Name of a picture: "Channel 18"."""
    number = exhibit.numbers[place]
    if exhibit.noun == "head":
        return tr("Mean of all heads") if number == MEAN_HEAD else tr("Head {number}").format(number=number)
    if exhibit.noun in ("token", "heatmap"):
        return translated(exhibit.noun.capitalize())
    return f"{translated(exhibit.noun.capitalize())} {number}"


def number_of(exhibit: Exhibit) -> str:
    """Number of the pictures: "24 channels"; the mean of all heads is not counted."""
    return translated(numbers.many(len(exhibit) - exhibit.numbers.count(MEAN_HEAD), exhibit.noun))


def rank(exhibit: Exhibit, place: int) -> str:
    """Rank of a picture among all: "4th of 24 by response"; "" for a single one, and for heads and filters."""
    if len(exhibit) < 2 or exhibit.noun in ("head", "filter"):
        return ""
    higher = int((exhibit.responses > exhibit.responses[place]).sum()) + 1
    return tr("{ordinal} of {exhibit} by response").format(
        ordinal=_ordinal(higher), exhibit=numbers.exact(len(exhibit))
    )


def cell_of(x: float, y: float, shape: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the cell at a position, given as shares of width and height."""
    rows, columns = shape
    return min(rows - 1, max(0, int(y * rows))), min(columns - 1, max(0, int(x * columns)))


def moved(cell: tuple[int, int], before: tuple[int, int], after: tuple[int, int]) -> tuple[int, int]:
    """The cell of another grid at the same position in the photo.

    Args:
        cell: Row and column in the first grid.
        before: Rows and columns of the first grid.
        after: Rows and columns of the other one.
    """
    row, column = (
        min(new - 1, int((place + 0.5) / old * new)) for place, old, new in zip(cell, before, after, strict=True)
    )
    return row, column


def at(exhibit: Exhibit, place: int, cell: tuple[int, int], photo: Pixels | None) -> str:
    """The values under the crosshair: "x 94 y 58 px · cell 23, 14 · value 26.7 · RGB 56 43 21"."""
    picture = exhibit.pictures[place]
    row, column = min(cell[0], picture.shape[0] - 1), min(cell[1], picture.shape[1] - 1)
    if exhibit.bars:
        return tr("number {column} of {shape} · value {value}").format(
            column=column, shape=picture.shape[1], value=value(float(picture[0, column]))
        )
    if exhibit.colors:
        parts = " ".join(value(float(part)) for part in picture[row, column])
        return tr("cell {column}, {row} · weights RGB {parts}").format(column=column, row=row, parts=parts)
    words = tr("cell {column}, {row} · value {value}").format(
        column=column, row=row, value=value(float(picture[row, column]))
    )
    if photo is None or not exhibit.grid:
        return words
    x, y = middle((row, column), (picture.shape[0], picture.shape[1]), photo)
    red, green, blue = (int(part) for part in photo[y, x])
    return tr("x {x} y {y} px · {words} · RGB {red} {green} {blue}").format(
        x=x, y=y, words=words, red=red, green=green, blue=blue
    )


def middle(cell: tuple[int, int], shape: tuple[int, int], photo: Pixels) -> tuple[int, int]:
    """Column and row of the photo's pixel in the middle of a cell."""
    height, width = photo.shape[:2]
    x = int((cell[1] + 0.5) / shape[1] * width)
    y = int((cell[0] + 0.5) / shape[0] * height)
    return min(width - 1, x), min(height - 1, y)


def statistics(facts: OutputFacts | None) -> str:
    """Statistics of an output: "−24.1 to 31.0 · mean 0.21 · 12 % zeros · 0 of 24 channels dead"."""
    if facts is None:
        return ""
    if not math.isfinite(facts.mean):
        return tr("no value is a number")
    share = numbers.percent(facts.zeros, 1) if facts.zeros else tr("none|no")
    words = tr("{value} to {value2} · mean {value3} · {share} zeros").format(
        value=value(facts.low), value2=value(facts.high), value3=value(facts.mean), share=share
    )
    return tr("{words} · {dead} of {channels} channels dead").format(
        words=words, dead=numbers.exact(facts.dead), channels=numbers.exact(facts.channels)
    )


def change(output: LayerOutput) -> str:
    """How far a run moved an output: "output moved by 1.2e-02 (relative L2)"; "" without a run to compare with."""
    start = output.start
    if start is None or (start.channels != output.channels and len(start.maps) != len(output.maps)):
        return ""
    moved = float(np.linalg.norm(difference(output, start)))
    before = float(np.linalg.norm(start.maps))
    if not moved:
        return tr("output equal")
    return (
        tr("output moved by {moved:.1e} (relative L2)").format(moved=moved / before)
        if before
        else tr("output 0 everywhere before training")
    )


def sentence(
    output: LayerOutput | None, view: View, weights: Weights, exhibit: Exhibit | None, heatmap: ClassHeatmap | None
) -> str:
    """The view in one plain sentence."""
    if view == "heatmap":
        return heat_sentence(heatmap)
    if output is None or exhibit is None:
        return ""
    if weights == "both" and output.start is not None:
        if view == "filters" and _same(output.filters, output.start.filters):
            return tr("The run left these filters as they were, so the difference is 0.")
        if not np.nan_to_num(exhibit.pictures).any():
            return tr("The run left every layer up to here as it was, so the difference is 0.")
        if exhibit.colors:
            return tr(
                "Change of each filter by training: a color is lighter where its weight grew, darker where it fell."
            )
        return tr("Orange: larger after training than before; blue: smaller.")
    if view == "attention":
        return tr(
            "Bright patches contribute most to the chosen token: click a patch to choose it. All weights sum to 1."
        )
    if view == "filters":
        return tr("Each filter responds to patches of the photo that look like it; gray is near 0.")
    if view == "tokens":
        return tr("The numbers that stand for the patch you clicked, or for the whole photo, after this layer.")
    if output.parameter:
        what = tr("each bar is one of its numbers") if exhibit.bars else tr("bright cells have high values")
        return tr("A parameter of the network, the same for every photo: {what}.").format(what=what)
    if exhibit.bars:
        return tr(
            "After this layer, nothing is left of positions in the photo: each bar is one number for the whole photo."
        )
    if not exhibit.grid:
        return tr("The cells of this output are not positions in the photo.")
    return tr("Bright cells: positions where the {noun} has high values.").format(noun=translated(exhibit.noun))


def photo_name(path: str) -> str:
    """Name of a photo's file on one line."""
    return typography.one_line(Path(path).name)


def heat_sentence(heatmap: ClassHeatmap | None) -> str:
    """A heatmap in one plain sentence."""
    if heatmap is None:
        return ""
    if not (np.isfinite(heatmap.heat).all() and math.isfinite(heatmap.probability)):
        return tr("The scores of this run are not finite numbers, so no heatmap can explain them.")
    if not heatmap.heat.any():
        return tr("Nothing at this layer raises the score of “{name}”.").format(name=heatmap.name)
    share = numbers.percent(heatmap.probability, 1)
    return tr("Bright regions raise the score of “{name}” ({share}) at {layer}.").format(
        name=heatmap.name, share=share, layer=heatmap.layer
    )


def _same(one: NDArray[np.float32] | None, other: NDArray[np.float32] | None) -> bool:
    return one is not None and other is not None and np.array_equal(one, other)


def _ordinal(number: int) -> str:
    if (end := tr("ordinal|th")) != "th":  # one for all numbers, as in German
        return f"{numbers.exact(number)}{end}"
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if 10 <= number % 100 <= 20 else ends.get(number % 10, "th")
    return f"{numbers.exact(number)}{end}"
