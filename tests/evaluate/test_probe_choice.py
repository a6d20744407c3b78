"""Choice of the layers to freeze and of a backbone from probes on the same photos."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.evaluate.probe_choice import choose_backbone, choose_cut

LAYERS = ("block1", "block2", "block3", "all layers")


def right_of(share: float, photos: int = 200) -> NDArray[np.bool_]:
    """Photos that are right: the first ones, so that two probes differ by the photos between."""
    return np.arange(photos) < round(share * photos)


def rows(*shares: float, photos: int = 200) -> list[NDArray[np.bool_]]:
    return [right_of(share, photos) for share in shares]


@pytest.mark.parametrize(
    ("shares", "place"),
    [
        ((0.60, 0.80, 0.90, 0.96), 3),
        ((0.60, 0.80, 0.97, 0.96), 3),
        ((0.60, 0.95, 0.92, 0.88), 1),
        ((0.60, 0.95, 0.94, 0.88), 1),
        ((0.50, 0.70, 0.71, 0.71), 1),
        ((0.50, 0.60, 0.65, 0.80), 3),
        ((0.50, 0.80, 0.70, 0.60), 1),
    ],
    ids=[
        "the end is best",
        "the end is best within noise",
        "an early block is better",
        "the first of two equal blocks",
        "none is good and the last blocks add nothing",
        "none is good but each block adds",
        "none is good and the last blocks lose",
    ],
)
def test_the_cut_with_the_fewest_trained_layers_that_costs_nothing(shares: tuple[float, ...], place: int) -> None:
    choice = choose_cut(LAYERS, rows(*shares))
    assert choice.place == place
    assert LAYERS[place] in choice.why


def test_as_many_photos_as_differ_decide_and_not_the_difference_alone() -> None:
    few, many = rows(0.6, 0.9, 0.9, 0.86, photos=50), rows(0.6, 0.9, 0.9, 0.86, photos=1000)
    assert choose_cut(LAYERS, few).place == 3
    assert choose_cut(LAYERS, many).place == 1


@pytest.mark.parametrize("right", [[], [np.zeros(0, bool)] * 4, rows(0.5)])
def test_a_choice_needs_photos_at_every_cut(right: list[NDArray[np.bool_]]) -> None:
    with pytest.raises(ValueError, match="row of photos"):
        choose_cut(LAYERS, right)


def test_the_smallest_within_noise_of_the_best_is_chosen():
    choice = choose_backbone(
        ["large", "small", "tiny"], [4e9, 3e8, 1e8], [right_of(0.91), right_of(0.9), right_of(0.6)], 500
    )
    assert choice.place == 1
    assert choice.why.startswith("A linear probe on small reaches 90.0")
    assert "within noise of the best (large, 91.0" in choice.why
    assert "With 500 training photos, a larger network also overfits" in choice.why


def test_a_larger_one_is_chosen_where_it_is_clearly_better():
    choice = choose_backbone(["large", "small"], [4e9, 3e8], rows(0.95, 0.7), 5000)
    assert choice.place == 0
    assert "the best smaller one, small, reaches only 70.0" in choice.why
    assert "overfits" not in choice.why


def test_the_order_of_the_candidates_does_not_matter():
    rows = {"a": (4e9, right_of(0.9)), "b": (3e8, right_of(0.9)), "c": (3e8, right_of(0.9)), "d": (1e8, right_of(0.5))}
    for order in itertools.permutations(rows):
        choice = choose_backbone(order, [rows[name][0] for name in order], [rows[name][1] for name in order], 100)
        assert order[choice.place] == "b"


def test_a_single_candidate_is_named_as_such_and_none_is_an_error():
    assert "only backbone" in choose_backbone(["one"], [1e9], [right_of(0.8)], 100).why
    for arguments in (([], [], []), (["one"], [1e9], [right_of(0.8)[:0]]), (["one"], [], [right_of(0.8)])):
        with pytest.raises(ValueError, match="row of photos"):
            choose_backbone(*arguments, 100)


def test_the_best_one_may_be_the_smallest():
    choice = choose_backbone(["large", "tiny"], [4e9, 1e8], rows(0.6, 0.9), 100)
    assert choice.place == 1
    assert "90.0" in choice.why
    assert "the best of the probes, and is the smallest of the candidates." in choice.why


@pytest.mark.parametrize(("share", "good"), [(0.845, False), (0.85, True), (0.855, True)])
def test_a_probe_is_good_from_85_percent_on(share: float, good: bool) -> None:
    early = choose_cut(LAYERS, rows(0.4, share, share, 0.6))
    assert (early.place, early.why.startswith("No probe is good")) == (1, not good)
    late = choose_cut(LAYERS, rows(0.4, 0.5, 0.6, share))
    assert (late.place, "but reaches only" in late.why) == (3, not good)


@pytest.mark.parametrize(("photos", "small"), [(1999, True), (2000, False), (2001, False)])
def test_a_small_set_is_below_2000_photos(photos: int, small: bool) -> None:
    why = choose_backbone(["one"], [1e9], [np.ones(5, bool)], photos).why
    assert (f"With {photos:,} training photos" in why) == small
