from __future__ import annotations

import unicodedata

import pytest

from studio.data.splits import validation_split
from studio.spec import UserError

NAMES = [f"ants/photo_{number:02d}.jpg" for number in range(10)]


def test_the_split_of_known_names_never_changes() -> None:
    # Golden values. If this fails, every user's split has changed: fix the code, do not update the values.
    assert validation_split.held_out(NAMES, 0.3, 7) == {"ants/photo_00.jpg", "ants/photo_01.jpg", "ants/photo_03.jpg"}
    assert validation_split.held_out(NAMES, 0.3, 8) == {"ants/photo_03.jpg", "ants/photo_05.jpg", "ants/photo_08.jpg"}


def test_order_of_the_listing_does_not_matter() -> None:
    assert validation_split.held_out(NAMES[::-1], 0.3, 7) == validation_split.held_out(NAMES, 0.3, 7)


def test_adding_a_photo_moves_at_most_one_other() -> None:
    names = [f"bees/{number}.jpg" for number in range(200)]
    before = validation_split.held_out(names, 0.2, 7)
    for extra in ("bees/new.jpg", "bees/0000.jpg", "bees/zzz.jpg"):
        after = validation_split.held_out([*names, extra], 0.2, 7)
        assert len((before ^ after) - {extra}) <= 1


@pytest.mark.parametrize(
    ("photos", "fraction", "held"),
    [(2, 0.01, 1), (2, 0.99, 1), (10, 0.25, 3), (3, 0.9, 2), (5, 0.2, 1), (1, 0.5, 0), (0, 0.5, 0)],
)
def test_at_least_one_photo_is_held_out_and_one_is_left(photos: int, fraction: float, held: int) -> None:
    assert len(validation_split.held_out(NAMES[:photos], fraction, 1)) == held


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2, 1.5, float("nan"), float("inf")])
def test_a_share_out_of_bounds_is_refused(fraction: float) -> None:
    with pytest.raises(UserError, match="Validation share must be more than 0 and less than 1") as caught:
        validation_split.held_out(NAMES, fraction, 7)
    assert "0.2" in caught.value.hint


def test_composed_and_decomposed_names_are_the_same_photo() -> None:
    composed = [unicodedata.normalize("NFC", f"café/é{number}.jpg") for number in range(20)]
    apart = [unicodedata.normalize("NFD", name) for name in composed]
    assert apart != composed
    taken = {unicodedata.normalize("NFC", name) for name in validation_split.held_out(apart, 0.5, 7)}
    assert taken == validation_split.held_out(composed, 0.5, 7)
