"""Comparison of the results of two computations."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from studio.engine.network.equivalence import SAME_KERNELS, TOLERANCE, same

EXPECTED = torch.tensor([100.0, -1.0, 0.0])


@pytest.mark.parametrize("tolerance", [TOLERANCE, SAME_KERNELS])
@pytest.mark.parametrize(
    ("off", "is_same"),
    [([0.9, 0, 0], True), ([1.2, 0, 0], False), ([0, 0, 0.09], True), ([0, 0, 0.11], False), ([0, 0.105, 0], True)],
)
def test_large_numbers_may_differ_by_their_share_and_small_ones_by_a_tenth_of_the_largest(tolerance, off, is_same):
    shift = torch.tensor(off) * tolerance * 100
    assert same(EXPECTED + shift, EXPECTED, tolerance) is is_same


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_what_is_no_number_is_the_same_as_nothing(odd):
    broken = EXPECTED.clone()
    broken[1] = odd
    assert not same(broken, EXPECTED)
    assert not same(EXPECTED, broken)
    assert not same(broken, broken)


@pytest.mark.parametrize("actual", [None, EXPECTED[:2], EXPECTED[None]])
def test_other_shapes_and_missing_gradients_are_found_out(actual: Tensor | None):
    assert not same(actual, EXPECTED)
    assert not same(EXPECTED, actual)


def test_nothing_on_both_sides_is_the_same():
    assert same(None, None)
    assert same(torch.zeros(0), torch.zeros(0))
    assert same(torch.zeros(3), torch.zeros(3))
