"""Sizes of the blocks in which photos are compared with many others."""

from __future__ import annotations

CELLS = 2_000_000
"""Similarities in memory at once: 8 MB. Blocks of hundreds of megabytes are no faster, and all threads of the program,
the window's included, wait while the system allocates and frees their memory."""


def rows_at_once(others: int) -> int:
    """Number of photos to compare at once with `others` photos."""
    return max(16, min(1024, CELLS // max(1, others)))
