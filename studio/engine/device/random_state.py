"""Access to torch's global random generator on the CPU, which all threads of the process share.

A run seeds it before each step, for dropout and stochastic depth; building a network draws initial weights from
it. A run must not depend on networks that are inspected at the same time, so both hold a lock while they use the
generator, and a build restores its state.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_LOCK = threading.RLock()


@contextmanager
def exclusive() -> Iterator[None]:
    """Keep other threads from drawing from the generator or seeding it; the block must not contain a yield."""
    with _LOCK:
        yield


@contextmanager
def fork(seed: int | None = None) -> Iterator[None]:
    """Keep other threads from using the generator, and restore its state after the block.

    Args:
        seed: Seed for the block; None keeps the current state.
    """
    with _LOCK:
        before = torch.default_generator.get_state()
        try:
            if seed is not None:
                torch.default_generator.manual_seed(seed)
            yield
        finally:
            torch.default_generator.set_state(before)
