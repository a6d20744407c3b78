"""Checks of photos that occur more than once, in one class or several, on one side of the split or both."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.data.checks import descriptors, empty_pictures, near_duplicates
from studio.data.checks.evidence import Evidence, Hit, Pair
from studio.data.checks.near_duplicates import Match
from studio.data.images.facts_table import FactsTable
from studio.data.images.small_pictures import SmallPictures
from studio.events import Dataset, Photo, Progress
from studio.formatting.numbers import plain_percent
from studio.jobs.progress import Pace

MIN_PART = 0.94
"""Share of a photo that a copy shows, below which it counts as cropped."""

MAX_GROUP = 8
"""Largest group of near duplicates of which all pairs are listed."""


@dataclass(frozen=True, slots=True)
class NearContents:
    """Two contents of files that show the same picture.

    Attributes:
        first: Hash of one.
        second: Hash of the other.
        detail: How they differ, for the user.
    """

    first: bytes
    second: bytes
    detail: str


def exact_pairs(dataset: Dataset, facts: FactsTable) -> Iterator[Pair]:
    """Files of the same content: the first of each group with each of the others."""
    for first, *others in facts.copies():
        for other in others:
            yield Pair(_photo(dataset, facts, first), _photo(dataset, facts, other), exact=True)


def near_contents(facts: FactsTable, small: SmallPictures) -> Generator[Progress, None, tuple[NearContents, ...]]:
    """Contents of files that differ but show the same picture; yields the progress.

    Of files of the same content only the first is compared. Blank photos are not, because they all look the same.

    Args:
        facts: Facts of the photos that can be read.
        small: Their small pictures, in the same order.
    """
    chosen = ~empty_pictures.are_blank(facts)
    chosen[[row for _, *others in facts.copies() for row in others]] = False
    compared = np.flatnonzero(chosen)
    pace = Pace("duplicates", len(compared))
    steps = near_duplicates.search(small.of(compared))
    while True:
        try:
            progress = pace.at(next(steps))
        except StopIteration as end:
            matches: list[Match] = end.value
            break
        if progress:
            yield progress
    yield pace.end(len(compared))
    return tuple(_near(match, compared, facts) for match in _without_cliques(matches))


def near_pairs(dataset: Dataset, facts: FactsTable, contents: Sequence[NearContents]) -> Iterator[Pair]:
    """Files of different content that show the same picture; of files of the same content the first."""
    wanted = {digest for near in contents for digest in (near.first, near.second)}
    firsts: dict[bytes, int] = {}
    for row, digest in enumerate(facts.digests() if wanted else ()):
        if digest in wanted:
            firsts.setdefault(digest, row)
    for near in contents:
        if near.first in firsts and near.second in firsts:
            first, second = sorted((firsts[near.first], firsts[near.second]))
            yield Pair(_photo(dataset, facts, first), _photo(dataset, facts, second), False, near.detail)


def _photo(dataset: Dataset, facts: FactsTable, row: int) -> Photo:
    return dataset.photos[dataset.index_of(facts.paths[row])]


def _near(match: Match, rows: NDArray[np.intp], facts: FactsTable) -> NearContents:
    one, other = (facts.at(int(rows[place])) for place in sorted((match.first, match.second)))
    words = [descriptors.TURNS[match.turn]]
    words += [f"cropped to {plain_percent(match.part, 0)}"] if match.part < MIN_PART else []
    if (one.width, one.height) != (other.width, other.height):
        words.append(f"{one.width} × {one.height} and {other.width} × {other.height} pixels")
    detail = ", ".join(word for word in words if word) or "stored differently"
    return NearContents(one.digest, other.digest, detail)


def _without_cliques(matches: Sequence[Match]) -> list[Match]:
    """All matches of small groups; of large ones, such as the frames of a video, only enough to connect the group."""
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}

    def root(place: int) -> int:
        while (parent := parents.setdefault(place, place)) != place:
            parents[place] = parents[parent]
            place = parent
        return place

    connecting: set[Match] = set()
    for match in sorted(matches, key=lambda match: -match.agreement):
        one, other = root(match.first), root(match.second)
        if one != other:
            connecting.add(match)
            parents[other] = one
            sizes[one] = sizes.get(one, 1) + sizes.get(other, 1)
    return [match for match in matches if match in connecting or sizes[root(match.first)] <= MAX_GROUP]


def exact_duplicate(evidence: Evidence) -> Iterator[Hit]:
    """Pairs of files of the same content."""
    for pair in evidence.pairs:
        if pair.exact:
            yield _hit(pair, "")


def near_duplicate(evidence: Evidence) -> Iterator[Hit]:
    """Pairs of files of different content that show the same picture."""
    for pair in evidence.pairs:
        if not pair.exact:
            yield _hit(pair, pair.detail)


def two_labels(evidence: Evidence) -> Iterator[Hit]:
    """Pairs that show the same under two classes or, in regression, files of the same content with two numbers."""
    dataset = evidence.dataset
    for pair in evidence.pairs:
        if dataset.target:
            # Two pictures of the same thing may well have two numbers.
            if pair.exact and pair.first.target != pair.second.target:
                yield _hit(pair, f"{pair.first.target:g} and {pair.second.target:g}")
        elif pair.first.label != pair.second.label:
            yield _hit(pair, f"{_class(dataset, pair.first)} and {_class(dataset, pair.second)}")


def across_split(evidence: Evidence) -> Iterator[Hit]:
    """Pairs that show the same in two parts of the split."""
    for pair in evidence.pairs:
        if pair.first.split != pair.second.split:
            yield _hit(pair, f"{pair.first.split} and {pair.second.split}")


def _hit(pair: Pair, detail: str) -> Hit:
    return Hit((pair.first.path, pair.second.path), detail)


def _class(dataset: Dataset, photo: Photo) -> str:
    return f"“{dataset.classes[photo.label]}”"
