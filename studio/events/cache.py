"""What the cache of computed features holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShelfFound:
    """Rows of one kind.

    Attributes:
        name: Of its folder: a hash over everything but the photo that a row depends on.
        backbone: Whose; "" where the folder does not say.
        cut: `features`, `pixels`, or the layer whose output is kept.
        rows: Photos, and fixed views of photos.
        bytes: On disk.
        used: When it was last written or read, in seconds since 1970.
    """

    name: str
    backbone: str
    cut: str
    rows: int
    bytes: int
    used: float


@dataclass(frozen=True)
class CacheFound:
    """The whole cache.

    Attributes:
        folder: Where it is.
        bytes: On disk.
        limit: Bytes it may take; the oldest goes first.
        shelves: The one used last first.
    """

    folder: str
    bytes: int
    limit: int
    shelves: tuple[ShelfFound, ...]
