"""Comparison of tensors."""

from __future__ import annotations

import numpy as np
import torch


def assert_close(actual: torch.Tensor, expected: torch.Tensor, *, rtol: float = 1.3e-6, atol: float = 1e-5) -> None:
    """Assert that two tensors of one shape and type are close, with the tolerances of `torch.testing.assert_close`.

    That function imports torch's distributed tensors, which takes each test process over a second.
    """
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(actual.detach().numpy(), expected.detach().numpy(), rtol=rtol, atol=atol)
