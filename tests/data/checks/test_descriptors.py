"""Descriptors of small pictures, and the copies that are searched for."""

from __future__ import annotations

import numpy as np
import pytest

from studio.data.checks import descriptors, near_duplicates


def test_an_operator_weighs_only_the_part_between_its_steps() -> None:
    whole = descriptors.operator(0, 80, 8)
    assert whole.shape == (8, 24)
    assert whole @ np.ones(24) == pytest.approx([16, 0, 0, 0, 0, 0, 0, 0], abs=1e-5)
    assert whole[0] == pytest.approx(np.full(24, 2 / 3))
    middle = descriptors.operator(10, 70, 8)[0]
    assert middle == pytest.approx([0] * 3 + [16 / 18] * 18 + [0] * 3)
    assert descriptors.operator(5, 80, 8)[0, :3] == pytest.approx([0, 0.5 * 16 / 22.5, 16 / 22.5])
    # A wave of one frequency gives that frequency; the 16 samples smooth it a little.
    wave = np.cos(np.pi * 2 * (np.arange(24) + 0.5) / 24)
    found = whole @ wave
    assert int(np.abs(found).argmax()) == 2
    assert 7.9 < found[2] < 8


def test_operators_cover_crops_of_up_to_a_fifth_and_the_frame() -> None:
    operators = descriptors.all_operators(8)
    assert operators.shape == (25, 25, 8, 24)
    for low, high in ((0, 0), (3, 0), (0, 7), (24, 16)):
        assert operators[low, high] == pytest.approx(descriptors.operator(low, 80 - high, 8))


def test_a_descriptor_has_length_one_and_ignores_brightness_and_contrast() -> None:
    picture = np.random.default_rng(0).integers(0, 200, (1, 24, 24)).astype(np.float32)
    whole = descriptors.operator(0, 80, 12)
    one, brighter = (descriptors.descriptors(levels, whole, whole) for levels in (picture, picture * 1.2 + 9))
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    assert one[0, 0, 0] == 0
    assert brighter == pytest.approx(one, abs=1e-4)
    flat = np.ones((256, 24, 24), np.float32) * np.arange(256, dtype=np.float32)[:, None, None]
    inner = descriptors.operator(8, 72, 12)
    assert not descriptors.descriptors(flat, whole, whole).any(), "a flat picture has no shapes"
    assert not descriptors.descriptors(flat, inner, inner).any()
    flat[:, 7, 9] -= 1
    assert np.linalg.norm(descriptors.descriptors(flat, whole, whole), axis=(1, 2)) == pytest.approx(1, abs=1e-5)
    assert descriptors._weights(3) == pytest.approx(np.array([[0, 1, 2], [1, 2**0.5, 5**0.5], [2, 5**0.5, 8**0.5]]))


def test_copies_are_searched_for_turned_mirrored_and_without_a_tenth() -> None:
    parts = {part for _, part in near_duplicates._VARIANTS}
    tenth = {(left, top, 8 - left, 8 - top) for left in (0, 4, 8) for top in (0, 4, 8)}
    edges = {(8, 0, 0, 0), (0, 8, 0, 0), (0, 0, 8, 0), (0, 0, 0, 8)}
    assert parts == {(0, 0, 0, 0), (8, 8, 8, 8)} | tenth | edges
    assert {turn for turn, part in near_duplicates._VARIANTS if part == (0, 0, 0, 0)} == set(range(8))
    assert {turn for turn, part in near_duplicates._VARIANTS if part != (0, 0, 0, 0)} == {0, 1}
    assert near_duplicates._VARIANTS[0] == (0, (0, 0, 0, 0)), "no difference"
    upright = np.random.default_rng(1).normal(size=(1, 8, 8)).astype(np.float32)
    for turn, back in enumerate(near_duplicates._BACK):
        assert descriptors.turned(descriptors.turned(upright, turn), back) == pytest.approx(upright)


def test_the_most_similar_pictures_of_each_row_are_chosen() -> None:
    rows = np.array([0] * 25 + [1] * 2)
    scores = np.concatenate([np.linspace(0.5, 0.9, 25), [0.3, 0.2]]).astype(np.float32)
    assert near_duplicates._most_similar(rows, scores).tolist() == [*range(24, 4, -1), 25, 26]
