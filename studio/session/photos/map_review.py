"""Labels compared with those of the nearest photos: of selected photos, and likely errors one by one; free of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.events import Dataset, PhotosMapped
from studio.events.photos.photo_columns import SPLIT_NUMBERS
from studio.events.photos.photo_map import LabelSuspect
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr
from studio.session.photos import map_view
from studio.session.photos.map_view import MapPoints

COUNTED = 10
"""Number of nearest photos whose labels are compared with that of a photo."""

SHOWN = 5
"""Number of nearest photos shown beside a likely label error."""

MOST_CLASSES = 3
"""Largest number of classes that are named beside the number of selected photos."""


@dataclass(frozen=True)
class LabelReview:
    """A likely label error to decide on.

    Attributes:
        path: Relative path of the photo.
        title: Its label: “Labeled ants”.
        facts: Its name and split.
        words: What its neighbors say.
        suggested: The class that they have.
        near: Relative paths of the nearest ones.
    """

    path: str
    title: str
    facts: str
    words: str
    suggested: str
    near: tuple[str, ...]


def by_doubt(result: PhotosMapped, dataset: Dataset, points: MapPoints, chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """Rows of chosen points in `Dataset.shown`; first those with the most nearest photos of another class."""
    rows = points.rows[chosen]
    if result.neighbors is None or dataset.target or not len(rows):
        return rows
    labels = np.full(len(result.paths), -1, np.int64)  # -1 stays for photos that are no longer in the data set
    labels[points.places] = dataset.columns.labels[points.rows]
    places = points.places[chosen]
    others = labels[result.neighbors[places, :COUNTED]] != labels[places][:, None]
    return np.asarray(rows[np.argsort(-others.sum(axis=1), kind="stable")])


def selection_words(dataset: Dataset, rows: NDArray[Any]) -> str:
    """Number of the selected photos, and of those of the most frequent classes: “18 photos · 14 bees, 4 ants”."""
    text = counted(len(rows), "photo")
    if dataset.target or not len(rows):
        return text
    counts = np.bincount(dataset.columns.labels[rows], minlength=len(dataset.classes))
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())].tolist()
    named = [f"{numbers.exact(int(counts[label]))} {dataset.classes[label]}" for label in order[:MOST_CLASSES]]
    rest = len(order) - MOST_CLASSES
    more = [counted(rest, "more class", "more classes")] if rest > 0 else []
    return typography.one_line(f"{text} · {', '.join([*named, *more])}")


def open_suspects(result: PhotosMapped, dataset: Dataset) -> tuple[LabelSuspect, ...]:
    """Likely label errors that the user has not decided on, the likeliest first."""
    still = map_view.suspect_paths(result, dataset)
    return tuple(one for one in result.suspects if one.path in still)


def review(result: PhotosMapped, dataset: Dataset, suspect: LabelSuspect) -> LabelReview:
    """A likely label error with what is known of it."""
    near: tuple[str, ...] = ()
    if result.neighbors is not None:
        places = result.neighbors[result.paths.index(suspect.path), :SHOWN].tolist()
        near = tuple(result.paths[place] for place in places)
    row = dataset.shown_paths.index(suspect.path)
    part = map_view.SPLIT_TITLES[SPLIT_NUMBERS[dataset.shown[row].split]]
    suggested = typography.one_line(suspect.suggested)
    words = tr("{agree} of its {of} nearest photos are {suggested}.").format(
        agree=suspect.agree, of=suspect.of, suggested=suggested
    )
    if suspect.agree == suspect.of:
        words = tr("Its {of} nearest photos are all {suggested}.").format(of=suspect.of, suggested=suggested)
    return LabelReview(
        suspect.path,
        typography.one_line(tr("Labeled {label}").format(label=suspect.label)),
        f"{map_view.short(suspect.path)} · {part}",
        words,
        suspect.suggested,
        near,
    )
