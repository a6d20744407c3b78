"""Do two ways to compute give the same numbers? The one answer for folded, cut, and compiled networks."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TOLERANCE = 1e-3
"""Relative difference up to which two ways are the same: other kernels sum in another order, in float32."""

SAME_KERNELS = 1e-4
"""The same where both ways run the same kernels on the same numbers, so that only what was left out can differ."""

NEAR_ZERO = 0.1
"""Share of the tolerance, of the largest number there is, that numbers near zero may differ by."""


def same(given: Tensor | None, wanted: Tensor | None, tolerance: float = TOLERANCE) -> bool:
    """True where `given` is `wanted` within the tolerance, both are finite, and their shapes are alike.

    Args:
        given: By the way that is tried; None where it gives nothing, as a gradient that is not there.
        wanted: By the plain way.
        tolerance: Relative.
    """
    if given is None or wanted is None:
        return given is wanted
    if given.shape != wanted.shape:
        return False
    if not wanted.numel():
        return True
    scale = float(wanted.abs().max())
    if not math.isfinite(scale):  # nothing can be compared with that
        return False
    return bool(torch.allclose(given, wanted, rtol=tolerance, atol=tolerance * NEAR_ZERO * (scale or 1.0)))
