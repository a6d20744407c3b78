"""The review of labels with the map: order of the photos, classes of a selection, likely label errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.events import Dataset, Photo, PhotosMapped
from studio.events.photos.photo_map import LabelSuspect
from studio.formatting.numbers import NARROW
from studio.session.photos import map_review, map_view
from studio.session.photos.photo_filter import PhotoFilter
from studio.session.state import AppState
from studio.spec import BackboneSpec, DatasetSpec, RunSpec

NAMES = ("ants", "bees", "cats", "dogs", "eels")
LABELS = (0, 0, 0, 1, 1, 2)
PHOTOS = tuple(Photo(f"x/{place}.jpg", label, "val" if place == 1 else "train") for place, label in enumerate(LABELS))
DATA = Dataset("/photos", NAMES, PHOTOS)
PATHS = tuple(photo.path for photo in PHOTOS)
NEAR = np.array([[1, 2], [3, 4], [0, 5], [4, 0], [3, 5], [0, 1]], np.int32)
SUSPECTS = (LabelSuspect(PATHS[1], "ants", "bees", 2, 2), LabelSuspect(PATHS[5], "cats", "ants", 9, 10))
MAP = PhotosMapped("/photos", BackboneSpec(), PATHS, 8, np.zeros((6, 2), np.float32), neighbors=NEAR, suspects=SUSPECTS)


def by_doubt(
    result: PhotosMapped = MAP, data: Dataset = DATA, chosen: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
) -> list[int]:
    state = AppState(spec=RunSpec(DatasetSpec("/photos")), dataset=data, photo_map=result)
    points = map_view.points(result, data, PhotoFilter(), "class", state)
    return list(map_review.by_doubt(result, data, points, np.isin(np.arange(len(points.rows)), chosen)))


def test_photos_whose_neighbors_have_another_class_come_first() -> None:
    # Neighbors of another class: of 0 none, of 1 and 5 both, of the others one.
    assert by_doubt() == [1, 5, 2, 3, 4, 0]
    assert by_doubt(chosen=(0, 4, 5)) == [5, 4, 0]
    assert by_doubt(chosen=()) == []


def test_a_neighbor_that_is_gone_has_no_class() -> None:
    fewer = Dataset("/photos", NAMES, PHOTOS[1:])
    rows = by_doubt(data=fewer)
    assert [PATHS[1:][row] for row in rows] == ["x/1.jpg", "x/2.jpg", "x/5.jpg", "x/3.jpg", "x/4.jpg"]


def test_without_neighbors_or_classes_the_order_of_the_grid_stays() -> None:
    assert by_doubt(replace(MAP, neighbors=None)) == [0, 1, 2, 3, 4, 5]
    assert by_doubt(data=replace(DATA, target="age")) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ((), "0 photos"),
        ((1,), "1 photo · 1 bees"),
        ((0, 1, 1), "3 photos · 2 bees, 1 ants"),
        ((0, 1, 2), "3 photos · 1 ants, 1 bees, 1 cats"),
        ((0, 1, 2, 3), "4 photos · 1 ants, 1 bees, 1 cats, 1 more class"),
        ((0, 1, 2, 3, 4, 4), "6 photos · 2 eels, 1 ants, 1 bees, 2 more classes"),
    ],
)
def test_the_most_frequent_classes_of_a_selection_are_counted(labels: tuple[int, ...], words: str) -> None:
    data = Dataset("/photos", NAMES, tuple(Photo(f"{place}.jpg", label, "train") for place, label in enumerate(labels)))
    text = map_review.selection_words(data, np.arange(len(labels)))
    assert text.replace(NARROW, " ").replace("\u00a0", " ") == words
    assert "·" not in map_review.selection_words(replace(data, target="age"), np.arange(len(labels)))


def test_a_likely_label_error_with_its_neighbors() -> None:
    first, second = (map_review.review(MAP, DATA, suspect) for suspect in SUSPECTS)
    assert (first.title, first.suggested, first.near) == ("Labeled ants", "bees", ("x/3.jpg", "x/4.jpg"))
    assert first.words == "Its 2 nearest photos are all bees."
    assert second.words == "9 of its 10 nearest photos are ants."
    assert (first.facts, second.facts) == ("1.jpg · validation", "5.jpg · training")
    assert map_review.review(replace(MAP, neighbors=None), DATA, SUSPECTS[0]).near == ()


def test_likely_label_errors_of_photos_that_are_gone_are_not_open() -> None:
    assert map_review.open_suspects(MAP, DATA) == SUSPECTS
    assert map_review.open_suspects(MAP, Dataset("/photos", NAMES, PHOTOS[:5])) == SUSPECTS[:1]
