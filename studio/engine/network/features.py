"""The output of a network as one row of features for each photo."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

from torch import Tensor


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of libraries about their own old names while they build."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def flatten(features: Tensor) -> Tensor:
    """Features as (N, D): maps still standing as (N, C, H, W) are averaged over H and W, (N, C, 1, 1) included."""
    if features.ndim == 4:
        features = features.mean(dim=(2, 3))
    return features.flatten(1)
