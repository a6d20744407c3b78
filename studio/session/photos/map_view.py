"""Content of the map of photos: the points with their colors and marks, the legend, and the words; free of Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.photo_map.document import method_words, suspects
from studio.events import Dataset, PhotosMapped
from studio.events.photos.photo_columns import SPLIT_NUMBERS
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr
from studio.session.photos import photo_sets
from studio.session.photos.photo_filter import PhotoFilter, matching
from studio.session.state import AppState

COLOR_BY = {"class": tr("Class"), "value": tr("Number"), "split": tr("Split"), "answer": tr("Answer")}
"""Properties that the points can be colored by."""

MOST_COLORS = 10
OTHERS = MOST_COLORS
"""Color of photos of classes that have none."""
RIGHT, WRONG = OTHERS + 1, OTHERS + 2
"""Colors of right and wrong answers."""
FIRST_VALUE, VALUES = WRONG + 1, 7
"""First color of numbers, and how many there are: each stands for a seventh of their range."""

SPLIT_TITLES = ("training", "validation", "test")
SHORT = 24


@dataclass(frozen=True)
class LegendEntry:
    """One color of the map.

    Attributes:
        color: Its number; `OTHERS` for gray.
        title: What it stands for.
        number: Number of photos.
        label: Class that a click chooses; -1 for none.
    """

    color: int
    title: str
    number: int
    label: int = -1


@dataclass(frozen=True)
class MapPoints:
    """The photos of the map that are still in the data set.

    Attributes:
        rows: (N,) rows of the photos in `Dataset.shown`, rising.
        places: (N,) rows of the same photos in the map's arrays.
        positions: (N, 2) float32, coordinates on the map.
        colors: (N,) uint8, numbers of colors.
        hollow: (N,) True for photos that are not trained on.
        ringed: (N,) True for likely label errors.
        faded: (N,) True for photos that are excluded or left out by the filter.
        legend: The colors that occur.
    """

    rows: NDArray[np.int32]
    places: NDArray[np.int32]
    positions: NDArray[np.float32]
    colors: NDArray[np.uint8]
    hollow: NDArray[np.bool_]
    ringed: NDArray[np.bool_]
    faded: NDArray[np.bool_]
    legend: tuple[LegendEntry, ...]


def map_now(state: AppState) -> PhotosMapped | None:
    """The map of the open folder by the chosen backbone; None where it is not computed."""
    result, dataset = state.photo_map, state.dataset
    if result is None or dataset is None or result.folder != dataset.folder or result.backbone != state.spec.backbone:
        return None
    return result


def cannot_map(state: AppState) -> str:
    """The reason why no map can be computed; "" where one can."""
    if state.dataset is None:
        return tr("No folder is open, or it is still being listed.")
    if not state.dataset.photos:
        return tr("The folder has no photos.")
    if state.to_download is not None:
        return tr("The weights of “{name}” must be downloaded first, on the Features page.").format(
            name=state.spec.backbone.name
        )
    return ""


def invitation(state: AppState) -> str:
    """The sentence in place of a map that is not computed yet."""
    number = len(state.dataset.photos) if state.dataset is not None else 0
    name = typography.backbone(state.spec.backbone.name)
    return tr(
        "The map places {photos} by their features: alike photos side by side. Features by “{name}” that "
        "are not in the cache are computed first."
    ).format(photos=counted(number, "photo"), name=name)


def points(
    result: PhotosMapped, dataset: Dataset, shown: PhotoFilter, color_by: str, state: AppState | None = None
) -> MapPoints:
    """The points of a map.

    Args:
        result: The map.
        dataset: The data set as it is now: its classes, splits and choices count.
        shown: The filter; photos that it leaves out are faded.
        color_by: A key of `COLOR_BY`.
        state: The state, for right and wrong answers.
    """
    place_of = {path: place for place, path in enumerate(result.paths)}
    paths = dataset.shown_paths
    place_on_map = np.fromiter((place_of.get(path, -1) for path in paths), np.int32, len(paths))
    rows = np.flatnonzero(place_on_map >= 0).astype(np.int32)
    places = place_on_map[rows]
    columns = dataset.columns
    mask = matching(dataset, shown)
    faded = np.zeros(len(rows), bool) if mask is None else ~mask[rows]
    if dataset.excluded:
        excluded = {photo.path for photo in dataset.excluded}
        faded |= np.fromiter((paths[row] in excluded for row in rows.tolist()), bool, len(rows))
    likely = suspect_paths(result, dataset)
    ringed = np.zeros(len(rows), bool)
    if likely:
        ringed = np.fromiter((paths[row] in likely for row in rows.tolist()), bool, len(rows))
    colors, legend = _colors(dataset, rows, shown, color_by, state)
    return MapPoints(
        rows,
        places,
        result.positions[places],
        colors,
        columns.splits[rows] != SPLIT_NUMBERS["train"],
        ringed,
        faded,
        legend,
    )


def _colors(
    dataset: Dataset, rows: NDArray[np.int32], shown: PhotoFilter, color_by: str, state: AppState | None
) -> tuple[NDArray[np.uint8], tuple[LegendEntry, ...]]:
    columns = dataset.columns
    if color_by == "answer" and state is not None:
        paths = dataset.shown_paths
        colors = np.full(len(rows), OTHERS, np.uint8)
        for color, answer in ((RIGHT, "right"), (WRONG, "wrong")):
            judged = photo_sets.answered(state, answer)
            colors[np.fromiter((paths[row] in judged for row in rows.tolist()), bool, len(rows))] = color
        return colors, _legend(colors, {RIGHT: ("right", -1), WRONG: ("wrong", -1), OTHERS: (tr("not judged"), -1)})
    if color_by == "value" and dataset.target:
        return _values(np.array([photo.target for photo in dataset.shown], np.float64)[rows])
    if color_by == "split" or dataset.target:
        colors = columns.splits[rows].astype(np.uint8)
        return colors, _legend(colors, {color: (title, -1) for color, title in enumerate(SPLIT_TITLES)})
    labels = columns.labels[rows]
    chosen = colored_classes(dataset, shown)
    table = np.full(max(1, len(dataset.classes)), OTHERS, np.uint8)
    for color, label in enumerate(chosen):
        table[label] = color
    colors = table[labels]
    titles = {color: (dataset.classes[label], label) for color, label in enumerate(chosen)}
    others = len(dataset.classes) - len(chosen)
    return colors, _legend(colors, {**titles, OTHERS: (counted(others, "other class", "other classes"), -1)})


def _values(targets: NDArray[np.float64]) -> tuple[NDArray[np.uint8], tuple[LegendEntry, ...]]:
    """Colors of numbers by equal parts of their range; gray where a photo has none."""
    finite = np.isfinite(targets)
    low, high = (float(targets[finite].min()), float(targets[finite].max())) if finite.any() else (0.0, 0.0)
    step = (high - low) / VALUES
    shares = (np.where(finite, targets, low) - low) / (step or 1.0)
    parts = np.clip(np.floor(shares), 0, VALUES - 1).astype(np.uint8)
    colors = np.where(finite, FIRST_VALUE + parts, OTHERS).astype(np.uint8)
    ends = [numbers.figures(low + part * step, 3) for part in range(VALUES + 1)]
    titles = {FIRST_VALUE + part: (f"{ends[part]} – {ends[part + 1]}", -1) for part in range(VALUES)}
    if not step:
        titles = {FIRST_VALUE: (numbers.figures(low, 3), -1)}
    return colors, _legend(colors, {**titles, OTHERS: (tr("no number"), -1)})


def colored_classes(dataset: Dataset, shown: PhotoFilter) -> list[int]:
    """Classes with a color: all if there are up to ten; otherwise those in the filter, or else the ten largest."""
    number = len(dataset.classes)
    if number <= MOST_COLORS:
        return list(range(number))
    if shown.labels:
        return sorted(shown.labels)[:MOST_COLORS]
    sizes = np.bincount(dataset.columns.labels, minlength=number)
    return sorted(np.argsort(-sizes, kind="stable")[:MOST_COLORS].tolist())


def _legend(colors: NDArray[np.uint8], titles: dict[int, tuple[str, int]]) -> tuple[LegendEntry, ...]:
    counts = np.bincount(colors, minlength=FIRST_VALUE + VALUES)
    return tuple(
        LegendEntry(color, typography.one_line(title), int(counts[color]), label)
        for color, (title, label) in titles.items()
        if counts[color]
    )


def suspect_paths(result: PhotosMapped | None, dataset: Dataset) -> frozenset[str]:
    """Likely label errors that are still open: neither excluded nor relabeled nor marked as right."""
    return frozenset(one.path for one in suspects(result, dataset)) if result is not None else frozenset()


def similar_paths(result: PhotosMapped, path: str) -> tuple[str, ...]:
    """A photo and those most similar to it, the most similar first; () where that is not known."""
    if result.neighbors is None or path not in result.paths:
        return ()
    near = result.neighbors[result.paths.index(path)].tolist()
    return (path, *(result.paths[place] for place in near))


def cannot_find_similar(state: AppState, path: str) -> str:
    """The reason why photos similar to one are unknown; "" where they are known."""
    result = map_now(state)
    if result is None:
        return tr("Similar photos are known once the map is computed. Choose Map above the photos.")
    if result.neighbors is None:
        return tr("The photos are still being compared.")
    return "" if path in result.paths else tr("The map was computed before this photo was there.")


def remarks(result: PhotosMapped, dataset: Dataset, row: int) -> tuple[str, str, str]:
    """Name of a photo, its class and split, and what its neighbors say, for the card at the pointer."""
    photo = dataset.shown[row]
    value = numbers.figures(photo.target, 4) if dataset.target else dataset.classes[photo.label]
    part = SPLIT_TITLES[SPLIT_NUMBERS[photo.split]]
    choice = dataset.choices.by_path.get(photo.path)
    more = " · excluded" if choice is not None and choice.excluded else ""
    words = ""
    if photo.path in suspect_paths(result, dataset):
        one = next(one for one in result.suspects if one.path == photo.path)
        words = tr("{agree} of its {of} nearest photos are {suggested}").format(
            agree=one.agree, of=one.of, suggested=typography.one_line(one.suggested)
        )
    return short(photo.path), typography.one_line(f"{value} · {part}{more}"), words


def unmoved(shown: PhotosMapped | None, better: PhotosMapped) -> PhotosMapped:
    """The map to show while the job improves it, if points must not move: the shown one if it has the same photos."""
    return shown if shown is not None and shown.paths == better.paths else better


def caption(result: PhotosMapped) -> str:
    """How the photos were placed."""
    words = method_words(result)
    return f"{words[0].upper()}{words[1:]}" if words[0].islower() and not words.startswith("t-SNE") else words


def sentence(result: PhotosMapped, some: MapPoints) -> str:
    """The map in one sentence, for screen readers and saved drawings."""
    parts = ", ".join(f"{entry.title} {numbers.exact(entry.number)}" for entry in some.legend)
    errors = int(some.ringed.sum())
    more = f"; {counted(errors, 'likely label error')}" if errors else ""
    return tr("{photos} placed by {method_words}: {parts}{more}.").format(
        photos=counted(len(some.rows), "photo"), method_words=method_words(result), parts=parts, more=more
    )


def short(path: str) -> str:
    """The name of a photo, shortened in its middle."""
    name = typography.one_line(path.rpartition("/")[2])
    return name if len(name) <= SHORT else f"{name[: SHORT - 9]}…{name[-8:]}"
