"""Choice of a cut from probes of a network's outputs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.evaluate import cut_choice

LAYERS = ("block1", "block2", "block3", "all layers")


def rows(*shares: float, photos: int = 200) -> list[NDArray[np.bool_]]:
    """Photos that are right at each cut: the first ones, so that two cuts differ by the photos between."""
    return [np.arange(photos) < round(share * photos) for share in shares]


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
    choice = cut_choice.choose(LAYERS, rows(*shares))
    assert choice.place == place
    assert LAYERS[place] in choice.why


def test_as_many_photos_as_differ_decide_and_not_the_difference_alone() -> None:
    few, many = rows(0.6, 0.9, 0.9, 0.86, photos=50), rows(0.6, 0.9, 0.9, 0.86, photos=1000)
    assert cut_choice.choose(LAYERS, few).place == 3
    assert cut_choice.choose(LAYERS, many).place == 1


@pytest.mark.parametrize("right", [[], [np.zeros(0, bool)] * 4, rows(0.5)])
def test_a_choice_needs_photos_at_every_cut(right: list[NDArray[np.bool_]]) -> None:
    with pytest.raises(ValueError, match="row of photos"):
        cut_choice.choose(LAYERS, right)
