"""Helpers for building networks and for their features."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator

from torch import Tensor

_LOCK = threading.Lock()
_inside = 0
_filters = contextlib.ExitStack()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppress the libraries' deprecation warnings about their own code while they build a network.

    Warning filters are global: the first of several threads sets them, and the last one restores them.
    """
    global _inside
    with _LOCK:
        if _inside == 0:
            _filters.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
        _inside += 1
    try:
        yield
    finally:
        with _LOCK:
            _inside -= 1
            if _inside == 0:
                _filters.close()


def flatten(features: Tensor) -> Tensor:
    """Convert features to (N, D): feature maps (N, C, H, W) are averaged over H and W."""
    if features.ndim == 4:
        features = features.mean(dim=(2, 3))
    return features.flatten(1)
