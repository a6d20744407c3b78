"""Gives memory that the program no longer uses back to the operating system; only with glibc."""

from __future__ import annotations

import contextlib
import ctypes

_MOST_ARENAS = -8
"""glibc's `M_ARENA_MAX`."""


def share_one_arena() -> None:
    """Let all threads allocate from one arena; call it before the first thread starts.

    `release_unused` cannot give back the free end of the arena that each thread would have for itself, which is up to
    64 MB.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MOST_ARENAS, 1)


def release_unused() -> None:
    """Give freed memory back; glibc keeps it otherwise."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
