"""Which photos to label next: by doubt, and different from each other."""

from __future__ import annotations

import numpy as np
import pytest

from studio.evaluate import label_choice
from studio.evaluate.label_choice import choose, of_class, of_number

AB = ("a", "b", "c")


@pytest.mark.parametrize(
    ("shares", "distance", "value", "why"),
    [
        ((0.5, 0.45, 0.05), None, 0.95, "between a 0.50 and b 0.45"),
        ((0.05, 0.05, 0.9), 0.8, 0.15, "between c 0.90 and a 0.05"),
        ((0.4, 0.4, 0.2), 1.5, 1.0, "between a 0.40 and b 0.40, unlike the training photos (1.50 times the limit)"),
        ((1.0, 0.0, 0.0), 2.0, 0.5, "unlike the training photos (2.00 times the limit)"),
        ((1.0, 0.0, 0.0), 1.0, 0.0, "between a 1.00 and b 0.00"),
    ],
)
def test_doubt_is_one_minus_the_margin_or_grows_with_the_distance(shares, distance, value, why):
    doubt = of_class(shares, AB, distance)
    assert doubt.value == pytest.approx(value)
    assert doubt.why == why


def test_a_single_class_has_a_margin_to_nothing():
    assert of_class((1.0,), ("a",), None) == (0.0, "a 1.00")


def test_the_doubt_about_a_number_grows_with_the_distance():
    near, far = of_number(0.5), of_number(3.0)
    assert (near.value, far.value) == (pytest.approx(1 / 3), 0.75)
    assert "distance to the training photos" in near.why
    assert far.why.startswith("unlike")


def test_a_doubtful_copy_gives_way_to_another_kind():
    rows = np.array([[1, 0], [1, 0], [2, 0], [1, 0.1], [0, 1], [0, 1]], np.float32)
    doubts = np.array([0.9, 0.95, 0.94, 0.9, 0.3, 0.2])
    assert choose(doubts, rows, 2) == [1, 4], "the most doubtful, then the one far from it"
    assert choose(doubts, rows, 6) == [1, 4, 3], "copies are never chosen, also if they are of another length"
    assert choose(doubts, rows, 1) == [1]
    assert choose(doubts, rows, 0) == []
    assert choose(doubts[:0], rows[:0], 3) == []


def test_without_any_doubt_different_photos_are_chosen():
    assert choose(np.zeros(3), np.eye(3, dtype=np.float32), 2) == [0, 1]


def test_doubt_weighs_distance():
    rows = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    assert choose(np.array([0.9, 0.2, 0.8]), rows, 2) == [0, 2], "equally far: the more doubtful one"


def test_photos_as_near_as_rounding_are_copies():
    rows = np.array([[1, 0], [1, label_choice.LEAST_DISTANCE / 10]], np.float32)
    assert choose(np.array([0.5, 0.4]), rows, 2) == [0]
