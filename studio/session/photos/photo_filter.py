"""Filter and order of the photos on the Images page; free of Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from operator import contains

import numpy as np
from numpy.typing import NDArray

from studio.events import Dataset
from studio.events.photos.photo_columns import SPLIT_NUMBERS
from studio.formatting.language import tr

ORDERS = {"path": tr("By folder"), "name": tr("By name"), "class": tr("By class"), "split": tr("By split")}
"""Orders offered, with their titles."""

NUMBER_TITLE = tr("By number")
"""Title of the order by class in a regression data set, whose photos have numbers instead of classes."""


@dataclass(frozen=True)
class PhotoFilter:
    """Which photos are shown, and in which order.

    Attributes:
        labels: Classes by their index; empty for all.
        split: `train`, `val` or `test`; "" for all.
        text: Part of the relative path, regardless of case; "" for all.
        paths: Relative paths of the photos of a finding or another set; empty for all, unless there is a `set`.
        set: Name of the set that `paths` belong to; "" for none.
        answer: `right` or `wrong`: by the run shown; "" for both, and for photos that it does not judge.
        answered: Relative paths of the photos of that answer.
        changed: Relative paths of photos that matched before the user's last choices: shown until the filter changes.
        order: A key of `ORDERS`; photos that are equal in it stay sorted by path.
        sequence: Relative paths in the order to show, in place of `order`; empty for that order.
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
    sequence: tuple[str, ...] = ()


def rows(dataset: Dataset, shown: PhotoFilter) -> Sequence[int] | NDArray[np.int32]:
    """Return the indices in `dataset.shown` of the photos to show, in order."""
    mask = matching(dataset, shown)
    order = _order(dataset, shown.order) if not shown.sequence else _sequence(dataset, shown.sequence)
    if mask is None:
        return range(len(dataset.shown)) if order is None else order
    return np.flatnonzero(mask).astype(np.int32) if order is None else order[mask[order]]


def matching(dataset: Dataset, shown: PhotoFilter) -> NDArray[np.bool_] | None:
    """Mark the photos of `dataset.shown` that match the filter; None where it leaves none out."""
    columns, paths = dataset.columns, dataset.shown_paths
    masks: list[NDArray[np.bool_]] = []
    if shown.labels:
        masks.append(np.isin(columns.labels, list(shown.labels)))
    if shown.split:
        masks.append(columns.splits == SPLIT_NUMBERS[shown.split])
    if shown.paths or shown.set:
        masks.append(_among(paths, shown.paths))
    if shown.answer:
        masks.append(_among(paths, shown.answered))
    if masks and shown.changed:
        stays = _among(paths, shown.changed)
        masks = [mask | stays for mask in masks]
    if needle := shown.text.strip().casefold():
        masks.append(np.fromiter(map(contains, columns.searched, repeat(needle)), np.bool_, len(paths)))
    return np.logical_and.reduce(masks) if masks else None


def _among(paths: Sequence[str], some: Collection[str]) -> NDArray[np.bool_]:
    return np.fromiter(map(some.__contains__, paths), np.bool_, len(paths))


def _sequence(dataset: Dataset, paths: Sequence[str]) -> NDArray[np.int32]:
    """Rows of the photos at these paths, in their order, followed by all others."""
    row_of = {path: row for row, path in enumerate(dataset.shown_paths)}
    first = [row_of[path] for path in paths if path in row_of]
    others = np.setdiff1d(np.arange(len(dataset.shown), dtype=np.int32), first)
    return np.concatenate([np.array(first, np.int32), others]).astype(np.int32)


def _order(dataset: Dataset, order: str) -> NDArray[np.int32] | None:
    """Rows of all photos in order; None for the order of their paths."""
    columns = dataset.columns
    match order:
        case "name":
            return columns.of_paths.by_name
        case "class":
            return columns.by_class
        case "split":
            return columns.by_split
        case _:
            return None


def after_choices(shown: PhotoFilter, before: Dataset, now: Dataset) -> PhotoFilter:
    """The filter after choices of the user: photos that they concern stay visible if they were."""
    then, after = before.choices.by_path, now.choices.by_path
    if before.folder != now.folder or before.classes != now.classes or then == after:
        return replace(shown, changed=frozenset())
    changed = {path for path in (*then, *after) if then.get(path) != after.get(path)}
    mask = matching(before, shown)
    if mask is None:
        return replace(shown, changed=shown.changed | changed)
    visible = {path for path, is_shown in zip(before.shown_paths, mask, strict=True) if is_shown and path in changed}
    return replace(shown, changed=shown.changed | visible)
