"""The choice among backbones from probes on the same photos."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from studio.evaluate.backbone_choice import choose


def right(share: float, photos: int = 200) -> np.ndarray:
    return np.arange(photos) < share * photos


def test_the_smallest_within_noise_of_the_best_is_chosen():
    choice = choose(["large", "small", "tiny"], [4e9, 3e8, 1e8], [right(0.91), right(0.9), right(0.6)], 500)
    assert choice.place == 1
    assert choice.why.startswith("A linear probe on small has 90.0")
    assert "within noise of the best (large, 91.0" in choice.why
    assert "With 500 training photos, a larger network also overfits" in choice.why


def test_a_larger_one_is_chosen_where_it_is_clearly_better():
    choice = choose(["large", "small"], [4e9, 3e8], [right(0.95), right(0.7)], 5000)
    assert choice.place == 0
    assert "the best smaller one, small, has only 70.0" in choice.why
    assert "overfits" not in choice.why


def test_the_order_of_the_candidates_does_not_matter():
    rows = {"a": (4e9, right(0.9)), "b": (3e8, right(0.9)), "c": (3e8, right(0.9)), "d": (1e8, right(0.5))}
    for order in itertools.permutations(rows):
        choice = choose(order, [rows[name][0] for name in order], [rows[name][1] for name in order], 100)
        assert order[choice.place] == "b"


def test_one_candidate_is_said_to_be_the_only_one_and_none_is_an_error():
    assert "only backbone" in choose(["one"], [1e9], [right(0.8)], 100).why
    for arguments in (([], [], []), (["one"], [1e9], [right(0.8)[:0]]), (["one"], [], [right(0.8)])):
        with pytest.raises(ValueError, match="row of photos"):
            choose(*arguments, 100)


def test_the_best_one_may_be_the_smallest():
    choice = choose(["large", "tiny"], [4e9, 1e8], [right(0.6), right(0.9)], 100)
    assert choice.place == 1
    assert "90.0" in choice.why
    assert "the best of the probes, and is the smallest of the candidates." in choice.why
