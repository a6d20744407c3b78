"""Photos that are too small or too narrow."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from studio.data.checks import duplicates, sizes
from studio.data.checks.near_duplicates import Match
from studio.data.images import decode
from studio.data.images.facts_table import FactsTable


@pytest.fixture
def evidence(tmp_path: Path) -> Any:
    """Makes evidence of photos of these sizes, named by their numbers."""
    Image.new("RGB", (8, 8), "teal").save(tmp_path / "a.png")
    facts = decode.check(tmp_path / "a.png").facts

    def make(*of: tuple[int, int]) -> Any:
        photos = {str(place): dataclasses.replace(facts, width=w, height=h) for place, (w, h) in enumerate(of)}
        return SimpleNamespace(facts=FactsTable.of(photos))

    return make


def test_photos_of_less_than_64_pixels_on_one_side_are_too_small(evidence: Any) -> None:
    hits = list(sizes.too_small(evidence((64, 64), (63, 900), (900, 63), (10, 64), (64, 65))))
    assert [hit.photos for hit in hits] == ["3", "1", "2"]
    assert hits[0].detail == "10 × 64 pixels"


def test_photos_three_times_as_long_as_high_or_more_are_extreme(evidence: Any) -> None:
    hits = list(sizes.extreme_aspect(evidence((300, 100), (299, 100), (100, 300), (500, 1500), (100, 1), (0, 2))))
    assert [hit.photos for hit in hits] == ["4", "0", "2", "3"]
    assert hits[1].detail == "300 × 100 pixels: a center crop cuts away 74 %"
    assert hits[3].detail == "500 × 1,500 pixels: a center crop cuts away 74 %"


@pytest.mark.parametrize(
    ("turn", "part", "words"),
    [
        (0, 1.0, "stored differently"),
        (0, 0.94, "stored differently"),
        (1, 0.939, "mirrored, cropped to 94 %"),
        (5, 0.8, "rotated, cropped to 80 %"),
    ],
)
def test_a_copy_is_cropped_if_it_shows_less_than_94_percent(evidence: Any, turn: int, part: float, words: str) -> None:
    table = evidence((8, 8), (8, 8), (8, 8), (9, 8)).facts
    found = duplicates._near(Match(1, 0, 0.99, turn, part), [0, 1], table)
    assert found.detail == words
    other = duplicates._near(Match(0, 1, 0.99, turn, part), [2, 3], table)
    assert other.detail.endswith("8 × 8 and 9 × 8 pixels")


def test_a_text_that_no_photo_has_matches_no_photo(evidence: Any) -> None:
    table = evidence((8, 8), (9, 9)).facts
    assert table.is_text("format", "PNG").tolist() == [True, True]
    assert table.is_text("format", "JPEG").tolist() == [False, False]
    assert ("0" in table, "2" in table, 0 in table) == (True, False, False)
