"""Comparison of the results of two computations, used for all fused, split and compiled networks."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TOLERANCE = 1e-3
"""Relative difference up to which float32 results count as equal, because other kernels sum in another order."""

SAME_KERNELS = 1e-4
"""Relative difference up to which results of the same kernels on the same values count as equal."""

NEAR_ZERO = 0.1
"""Absolute tolerance for values near zero: this times the relative tolerance times the largest value."""


def same(actual: Tensor | None, expected: Tensor | None, tolerance: float = TOLERANCE) -> bool:
    """True if both tensors are finite, have the same shape, and are equal within the tolerance.

    Args:
        actual: Result to check; None for a gradient that does not exist.
        expected: Result of the original network; None likewise.
        tolerance: Relative tolerance.
    """
    if actual is None or expected is None:
        return actual is expected
    if actual.shape != expected.shape:
        return False
    if not expected.numel():
        return True
    scale = float(expected.abs().max())
    if not math.isfinite(scale):
        return False
    return bool(torch.allclose(actual, expected, rtol=tolerance, atol=tolerance * NEAR_ZERO * (scale or 1.0)))
