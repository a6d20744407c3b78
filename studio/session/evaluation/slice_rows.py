"""The rows of the table of slices on the Evaluate page, and a sentence about them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from studio.evaluate.intervals import of_count
from studio.evaluate.slices import FEW
from studio.formatting import numbers
from studio.formatting.language import counted, tr
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.part_results import PartResults

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "folder": tr("Folder"),
        "megapixels": tr("Megapixels"),
        "aspect": "Width / height",
        "brightness": tr("Brightness"),
        "sharpness": tr("Sharpness"),
        "camera": tr("Camera"),
    }
)
"""Name of each property; columns of tables have their own."""

ENDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "megapixels": (tr("Smallest photos"), tr("Largest photos")),
        "aspect": (tr("Tallest photos"), tr("Widest photos")),
        "brightness": (tr("Darkest photos"), tr("Brightest photos")),
        "sharpness": (tr("Least sharp"), tr("Sharpest photos")),
    }
)
"""Titles of the slices with the lowest and with the highest values."""


@dataclass(frozen=True)
class SliceRow:
    """A slice.

    Attributes:
        by: Title of the property that its photos share.
        words: The slice in words: “Camera Canon EOS 80D”, “Darkest photos, 0.1 to 0.3”.
        photos: Number of its photos that are answered.
        right: Number of those that are answered correctly; 0 in regression.
        value: Its accuracy, or its mean absolute error.
        low: Lower end of its 95 % interval.
        high: Upper end.
        few: True for too few photos to compare.
        places: Indices of its photos in the part.
        numeric: True in regression.
    """

    by: str
    words: str
    photos: int
    right: int
    value: float
    low: float
    high: float
    few: bool
    places: tuple[int, ...]
    numeric: bool = False

    def text(self, value: float) -> str:
        """A value in the unit of the slice's metric: “94.1 %”, “1.37”."""
        return numbers.figures(value) if self.numeric else numbers.percent(value)


def rows(results: PartResults) -> tuple[SliceRow, ...]:
    """The slices, the worst first, by the present answers; none before the evaluation is computed."""
    slices: Sequence[Mapping[str, Any]] = results.document.get("slices", ())
    ends = _ends(slices)
    if results.target:
        return tuple(_number_row(row, ends, places) for row, places in zip(slices, results.slice_photos, strict=True))
    shown = []
    for row, places in zip(slices, results.slice_photos, strict=True):
        own = np.array(places, np.intp)
        answered = int(results.sure[own].sum())
        if not answered:
            continue
        right = answered - int(results.wrong[own].sum())
        score = of_count(right, answered)
        title = TITLES.get(row["by"], row["by"])
        words = ends.get((row["by"], row["slice"]), f"{title} {_named(row['slice'])}")
        numbers_of = (answered, right, score.value, score.low, score.high, answered < FEW)
        shown.append(SliceRow(title, words, *numbers_of, places))
    return tuple(sorted(shown, key=lambda one: (one.few, one.value, -one.photos)))


def _number_row(row: Mapping[str, Any], ends: Mapping[tuple[str, str], str], places: tuple[int, ...]) -> SliceRow:
    """A slice of a regression run, whose interval is that of the evaluation."""
    title = TITLES.get(row["by"], row["by"])
    words = ends.get((row["by"], row["slice"]), f"{title} {_named(row['slice'])}")
    low, high = (row["value"] if row[end] is None else row[end] for end in ("low", "high"))
    return SliceRow(title, words, row["n"], 0, row["value"], low, high, row["few"], places, numeric=True)


def _named(value: str) -> str:
    """The value of a slice: a name as it is, or a range of numbers, “0.12 to 0.34”, in the language of the window."""
    low, middle, high = value.partition(" to ")
    is_range = bool(middle) and not re.search(r"[^\d.,e+−-]", low + high)
    return tr("{low} to {high}").format(low=low, high=high) if is_range else value


def properties(shown: Sequence[SliceRow]) -> tuple[str, ...]:
    """The properties, in the order of their worst slice."""
    return tuple(dict.fromkeys(row.by for row in shown))


def overall(results: PartResults) -> float:
    """Accuracy of all answered photos, or the mean absolute error of all."""
    if results.target:
        return float(np.abs(np.nan_to_num(results.errors)).mean()) if len(results.errors) else 0.0
    answered = int(results.sure.sum())
    return 1 - int(results.wrong.sum()) / answered if answered else 0.0


def sentence(results: PartResults, shown: Sequence[SliceRow]) -> str:
    """Whether any slice is worse than all photos together."""
    if not results.document:
        return tr("Slices appear with the evaluation of the run.")
    if not shown:
        return tr("The photos do not differ in any property that slices are made by.")
    every = overall(results)
    words = shown[0].text(every)
    worse = [row for row in shown if not row.few and (row.low > every if row.numeric else row.high < every)]
    if not worse:
        kind = tr("mean error") if results.target else tr("accuracy")
        return tr("No slice stands out: every interval reaches {words}, the {kind} of all photos.").format(
            words=words, kind=kind
        )
    names = (tr("{slices} is") if len(worse) == 1 else tr("{slices} are")).format(slices=counted(len(worse), "slice"))
    return tr("{names} worse than all photos ({words}); {shown} were compared.").format(
        names=names, words=words, shown=len(shown)
    )


def photos(results: PartResults, row: SliceRow) -> PhotoSelection:
    """The photos of a slice: wrong ones first, the most confident ones before others; or by their errors."""
    places = np.array(row.places, np.intp)
    if results.target:
        worst = places[np.argsort(-np.abs(np.nan_to_num(results.errors[places])), kind="stable")]
        return PhotoSelection(None, tuple(results.judged.paths[place] for place in worst), row.words)
    wrong = results.wrong[places]
    order = np.lexsort((-results.confidence[places] * np.where(wrong, 1, -1), ~wrong))
    return PhotoSelection(None, tuple(results.judged.paths[place] for place in places[order]), row.words)


def _ends(slices: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Words for the slices with the lowest and with the highest values of a property."""
    named: dict[tuple[str, str], str] = {}
    for by, words in ENDS.items():
        own = sorted((float(row["slice"].partition(" ")[0]), row["slice"]) for row in slices if row["by"] == by)
        if len(own) > 1 and all(one[0] < other[0] for one, other in pairwise(own)):
            for word, (_, name) in zip(words, (own[0], own[-1]), strict=True):
                named[by, name] = f"{word}, {_named(name)}"
    return named
