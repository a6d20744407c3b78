"""Checks of photos that occur more than once, in one class or several, on one side of the split or both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from studio.data.checks.evidence import Evidence, Hit, Pair
from studio.data.images.facts import PhotoFacts
from studio.events import Dataset, Photo


def exact_pairs(photos: Iterable[Photo], facts: Mapping[str, PhotoFacts]) -> Iterator[Pair]:
    """Files of the same content: the first of each group with each of the others."""
    groups: defaultdict[bytes, list[Photo]] = defaultdict(list)
    for photo in photos:
        if photo.path in facts:
            groups[facts[photo.path].digest].append(photo)
    for group in groups.values():
        for other in group[1:]:
            yield Pair(group[0], other, exact=True)


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
