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
def test_tolerance_is_relative_with_an_absolute_part_from_the_largest_number(tolerance, off, is_same):
    shift = torch.tensor(off) * tolerance * 100
    assert same(EXPECTED + shift, EXPECTED, tolerance) is is_same


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_results_that_are_not_finite_are_never_the_same(odd):
    broken = EXPECTED.clone()
    broken[1] = odd
    assert not same(broken, EXPECTED)
    assert not same(EXPECTED, broken)
    assert not same(broken, broken)


@pytest.mark.parametrize("actual", [None, EXPECTED[:2], EXPECTED[None]])
def test_other_shapes_and_missing_gradients_are_detected(actual: Tensor | None):
    assert not same(actual, EXPECTED)
    assert not same(EXPECTED, actual)


def test_two_missing_gradients_are_the_same():
    assert same(None, None)
    assert same(torch.zeros(0), torch.zeros(0))
    assert same(torch.zeros(3), torch.zeros(3))
