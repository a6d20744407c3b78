"""Pictures that stand for a missing photo, and how many of the pairs in a large group are reported."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from studio.data.bit_depth.reading import DIGEST_BYTES
from studio.data.checks import duplicates, empty_pictures
from studio.data.checks.near_duplicates import Match
from studio.data.images.facts import PhotoFacts
from studio.data.images.facts_table import FactsTable
from studio.events import Dataset, Photo

PHOTO = PhotoFacts("PNG", 8, 8, 1, False, False, False, False, 1, "", bytes(DIGEST_BYTES), b"", 9, 0.1, 99)
GRAPHIC = dataclasses.replace(PHOTO, flat=0.5, colors=40)


def found(*photos: tuple[str, int, PhotoFacts]) -> list[tuple[str, str]]:
    """The placeholders among photos, each with its class and the number of its content."""
    facts = {
        f"{name}/{place:03}": dataclasses.replace(one, digest=content.to_bytes(DIGEST_BYTES))
        for place, (name, content, one) in enumerate(photos)
    }
    listed = tuple(Photo(path, "ab".index(path[0]), "train") for path in sorted(facts))
    evidence: Any = SimpleNamespace(facts=FactsTable.of(facts), dataset=Dataset("/photos", ("a", "b"), listed))
    return [(hit.photos, hit.detail) for hit in empty_pictures.placeholder(evidence)]


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ("aaaa", "the same file 4 times"), ("aaa", ""), ("aab", "the same file 3 times in 2 classes"), ("ab", ""),
        ("aabb", "the same file 4 times in 2 classes"),
    ],
)  # fmt: skip
def test_a_file_that_occurs_often_is_a_placeholder(classes: str, words: str) -> None:
    hits = found(*((name, 1, PHOTO) for name in classes), ("a", 2, PHOTO))
    assert [detail for _, detail in hits] == ([words] * len(classes) if words else [])
    assert not found(*((name, 1, dataclasses.replace(PHOTO, spread=8)) for name in classes)), "blank"


@pytest.mark.parametrize(
    ("change", "graphic"),
    [({}, True), ({"flat": 0.49}, False), ({"colors": 41}, False), ({"spread": 8}, False), ({"flat": 1.0}, True)],
)
def test_a_graphic_among_photos_is_a_placeholder(change: dict[str, Any], graphic: bool) -> None:
    hits = found(("a", 9, dataclasses.replace(GRAPHIC, **change)), *(("a", place, PHOTO) for place in range(3)))
    assert hits == ([("a/000", "a graphic of a few colors")] if graphic else [])


@pytest.mark.parametrize(("graphics", "photos", "number"), [(1, 3, 1), (1, 2, 0), (2, 6, 2), (2, 5, 0)])
def test_a_set_with_many_graphics_has_no_placeholders(graphics: int, photos: int, number: int) -> None:
    hits = found(*(("a", place, GRAPHIC if place < graphics else PHOTO) for place in range(graphics + photos)))
    assert len(hits) == number


def test_two_copies_of_a_graphic_are_one_placeholder() -> None:
    hits = found(("a", 1, GRAPHIC), ("b", 1, GRAPHIC), *(("b", 2 + place, PHOTO) for place in range(6)))
    assert [detail for _, detail in hits] == ["the same file 2 times in 2 classes"] * 2


@pytest.mark.parametrize(("size", "reported"), [(2, 1), (8, 28), (9, 8), (12, 11)])
def test_of_a_group_of_more_than_eight_the_best_pairs_that_connect_it_are_reported(size: int, reported: int) -> None:
    matches = [
        Match(start + one, start + other, 0.99 if one == 0 else 0.95, 0, 1.0)
        for start in (0, 100)
        for one in range(size if start == 0 else 3)
        for other in range(one + 1, size if start == 0 else 3)
    ]
    kept = duplicates._without_cliques(matches)
    assert [match for match in kept if match.first >= 100] == matches[-3:]
    large = kept[:-3]
    assert len(large) == reported
    if size > 8:
        assert all(match.first == 0 for match in large)
    else:
        assert kept == matches
