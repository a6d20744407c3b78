"""Attention weights, and the selection of a token in a look."""

from __future__ import annotations

import numpy as np
import pytest

from studio.events import Attention, LayerOutput
from studio.session.inspection import attention, exhibit
from studio.session.inspection.selection import Selection
from studio.spec.structs import replace

RANDOM = np.random.default_rng(3)
ATTENTION = Attention(
    "blocks.0.attn",
    RANDOM.normal(size=(2, 7, 4)).astype(np.float32),
    RANDOM.normal(size=(2, 7, 4)).astype(np.float32),
    (2, 3),
    1,
)
OUTPUT = LayerOutput(
    "blocks.0", "/p.jpg", (7, 4), np.zeros((4, 2, 3), np.float32), (0, 1, 2, 3), 0.01, grid=True,
    tokens=np.zeros((1, 4), np.float32), attention=ATTENTION,
)  # fmt: skip


@pytest.mark.parametrize("bias", [None, RANDOM.normal(size=(2, 7, 7)).astype(np.float32)])
def test_the_weights_are_the_softmax_of_queries_times_keys_and_bias(bias):
    one = replace(ATTENTION, bias=bias)
    scores = one.queries.astype(np.float64) @ one.keys.transpose(0, 2, 1) + (0 if bias is None else bias)
    expected = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    for token in range(7):
        np.testing.assert_allclose(attention.weights(one, token), expected[:, token], rtol=1e-5)
    np.testing.assert_allclose(attention.maps(one, 2), expected[:, 2, 1:].reshape(2, 2, 3), rtol=1e-5)


def test_large_scores_do_not_overflow():
    large = replace(ATTENTION, queries=ATTENTION.queries * 1000, keys=ATTENTION.keys * 1000)
    assert np.isfinite(attention.weights(large, 0)).all()


def test_the_token_of_a_patch_comes_after_the_class_and_register_tokens():
    assert [attention.token_at(ATTENTION, cell) for cell in ((0, 0), (0, 2), (1, 0), (1, 2))] == [1, 3, 4, 6]


def test_a_selection_shows_the_attention_of_the_patch_at_the_crosshair_or_of_the_chosen_token():
    at_cell = Selection("attention", "run", None, (1, 2))
    expected = exhibit.of_attention(OUTPUT, "run", 6, (1, 2))
    assert np.array_equal(at_cell.exhibit(OUTPUT).pictures, expected.pictures)
    beyond = Selection("attention", "run", None, (9, 9))
    assert np.array_equal(beyond.exhibit(OUTPUT).pictures, expected.pictures), "the last patch"
    assert beyond.exhibit(OUTPUT).patch == (1, 2)
    of_class = Selection("attention", "run", 0, (1, 2)).exhibit(OUTPUT)
    assert np.array_equal(of_class.pictures, exhibit.of_attention(OUTPUT, "run", 0, ()).pictures)
    assert of_class.patch == ()


def test_moving_the_crosshair_changes_only_exhibits_that_depend_on_it():
    for view, follows in (("attention", True), ("tokens", True), ("channels", False), ("filters", False)):
        keys = [Selection(view, "run", None, cell).key(OUTPUT) for cell in ((0, 0), (1, 2))]
        assert (keys[0] != keys[1]) == follows, view
    here = Selection("channels", "run", None, (0, 0))
    assert here.key(OUTPUT) != here.key(replace(OUTPUT, seconds=1.0)), "another look"
    assert here.key(OUTPUT) != replace(here, weights="both").key(OUTPUT)
    chosen = Selection("tokens", "run", 0, (0, 0))
    assert chosen.key(OUTPUT) == replace(chosen, cell=(1, 1)).key(OUTPUT), "a token has no cell"


def test_other_views_have_their_own_exhibits():
    channels = Selection("channels", "run", None, (0, 0)).exhibit(OUTPUT)
    assert (channels.noun, len(channels)) == ("channel", 4)
    assert Selection("filters", "run", None, (0, 0)).exhibit(OUTPUT) is None
    tokens = Selection("tokens", "run", None, (1, 1)).exhibit(OUTPUT)
    assert tokens.noun == "token"
    assert Selection("attention", "run", None, (0, 0)).exhibit(replace(OUTPUT, attention=None)) is None
