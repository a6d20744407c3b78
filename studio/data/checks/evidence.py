"""The evidence for checks of a data set: photos, facts about each, reasons for those left out, and duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from studio.data.images.facts_table import FactsTable
from studio.events import Dataset, Photo


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos that show the same picture.

    Attributes:
        first: The one that comes first in the list of photos.
        second: The other one.
        exact: True for files of the same content.
        detail: How they differ, for the user; "" where they do not.
    """

    first: Photo
    second: Photo
    exact: bool
    detail: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of a data set after each photo was opened once.

    Attributes:
        dataset: The data set without unreadable photos.
        facts: Facts of each readable photo, in the order of the data set.
        unreadable: Reason of each unreadable photo by its path.
        pairs: Duplicates and near duplicates.
    """

    dataset: Dataset
    facts: FactsTable
    unreadable: Mapping[str, str]
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One photo, pair of photos or class to which a check applies.

    Attributes:
        photos: A path or a pair of paths; None for a class.
        detail: A text on this one; "" where there is nothing to add.
        name: Name of the class, for checks of classes.
        members: Paths of the photos to show for a class; empty for all of them.
    """

    photos: str | tuple[str, str] | None
    detail: str = ""
    name: str = ""
    members: tuple[str, ...] = ()


Find = Callable[[Evidence], Iterator[Hit]]
"""A check of a data set: yields the photos, pairs or classes to which it applies, in the order to show them."""
