"""Conversion of a network's output to one row of features per photo."""

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
    """Suppress the deprecation warnings of libraries about themselves while they build a network.

    The filters belong to the whole process: the first of several threads sets them, the last puts them back.
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
    """Features as (N, D): (N, C, H, W), with (N, C, 1, 1) as a special case, is averaged over H and W."""
    if features.ndim == 4:
        features = features.mean(dim=(2, 3))
    return features.flatten(1)
