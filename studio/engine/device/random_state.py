"""torch's global random generator on the CPU, which all threads of the process share.

A training seeds it before each step, for dropout and stochastic depth; a network that is built draws its first weights
from it. A run must not depend on the networks that are looked at beside it, so both hold a lock while they draw, and a
build leaves the generator as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_LOCK = threading.RLock()


@contextmanager
def exclusive() -> Iterator[None]:
    """While it holds, no other thread draws from the generator or seeds it; nothing may be yielded inside."""
    with _LOCK:
        yield


@contextmanager
def restored(seed: int | None = None) -> Iterator[None]:
    """Likewise, and afterwards the generator is as it was.

    Args:
        seed: Of what is drawn inside; None draws on from where the generator is.
    """
    with _LOCK:
        before = torch.default_generator.get_state()
        try:
            if seed is not None:
                torch.default_generator.manual_seed(seed)
            yield
        finally:
            torch.default_generator.set_state(before)
