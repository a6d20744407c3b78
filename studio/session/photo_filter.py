"""Filter and order of the photos that station 1 shows; free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.events import Dataset, Photo

ORDERS = {"path": "By folder", "name": "By name", "class": "By class", "split": "By split"}
"""Orders offered, with their titles."""

NUMBER_TITLE = "By number"
"""Title of the order by class in a regression data set, whose photos have a number instead."""

SPLIT_ORDER = {"train": 0, "val": 1, "test": 2}


@dataclass(frozen=True)
class PhotoFilter:
    """Which photos are shown, and in which order.

    Attributes:
        labels: Classes by their index; empty for all.
        split: `train`, `val` or `test`; "" for all.
        text: Part of the relative path, upper or lower case; "" for all.
        paths: Relative paths of the photos of a finding or another set; empty for all, unless there is a `set`.
        set: Name of the set that `paths` belong to; "" for none.
        answer: `right` or `wrong`: by the run shown; "" for both, and for photos that it does not judge.
        answered: Relative paths of the photos of that answer.
        changed: Relative paths of photos that matched before the user's last choices: shown until the filter changes.
        order: A key of `ORDERS`; photos that are equal in it stay sorted by path.
    """

    labels: frozenset[int] = frozenset()
    split: str = ""
    text: str = ""
    paths: frozenset[str] = frozenset()
    set: str = ""
    answer: str = ""
    answered: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    order: str = "path"


def rows(dataset: Dataset, shown: PhotoFilter) -> Sequence[int]:
    """Return the indices in `dataset.shown` of the photos to show, in order."""
    photos = dataset.shown
    chosen: Sequence[int] = range(len(photos))
    stays = shown.changed
    if shown.labels:
        chosen = [row for row in chosen if photos[row].label in shown.labels or photos[row].path in stays]
    if shown.split:
        chosen = [row for row in chosen if photos[row].split == shown.split or photos[row].path in stays]
    if shown.paths or shown.set:
        chosen = [row for row in chosen if photos[row].path in shown.paths or photos[row].path in stays]
    if shown.answer:
        chosen = [row for row in chosen if photos[row].path in shown.answered or photos[row].path in stays]
    if needle := shown.text.strip().casefold():
        paths = _searched(dataset)
        chosen = [row for row in chosen if needle in paths[row]]
    if shown.order == "path":
        return chosen
    key = _KEYS[shown.order]
    return sorted(chosen, key=lambda row: key(photos[row]))


def after_choices(shown: PhotoFilter, before: Dataset, now: Dataset) -> PhotoFilter:
    """The filter after choices of the user: photos that they concern stay visible if they were."""
    then, after = before.choices.by_path, now.choices.by_path
    if before.folder != now.folder or before.classes != now.classes or then == after:
        return replace(shown, changed=frozenset())
    changed = {path for path in (*then, *after) if then.get(path) != after.get(path)}
    visible = {before.shown_paths[row] for row in rows(before, shown)}
    return replace(shown, changed=shown.changed | (changed & visible))


class _SearchedPaths:
    """The paths of the last data set that was searched, in lower case."""

    def __init__(self) -> None:
        self._dataset: Dataset | None = None
        self._paths: list[str] = []

    def __call__(self, dataset: Dataset) -> list[str]:
        if dataset is not self._dataset:
            self._dataset, self._paths = dataset, [path.casefold() for path in dataset.shown_paths]
        return self._paths


_searched = _SearchedPaths()


def _name(photo: Photo) -> Any:
    return photo.path.rpartition("/")[2].casefold()


def _label(photo: Photo) -> Any:
    return photo.label, photo.target


def _split(photo: Photo) -> Any:
    return SPLIT_ORDER[photo.split]


_KEYS: dict[str, Callable[[Photo], Any]] = {"name": _name, "class": _label, "split": _split}
