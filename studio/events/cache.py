"""The contents of the feature cache, as an event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoredFeatures:
    """One feature store of the cache: rows of one kind.

    Attributes:
        name: Name of its folder: a hash over everything but the photo that a row depends on.
        backbone: Name of the backbone; "" where the folder does not say.
        cut: `features`, `pixels`, or the layer whose output is stored.
        rows: Number of photos, and of fixed views of photos.
        bytes: Size on disk.
        used: Time of the last write or read, in seconds since 1970.
    """

    name: str
    backbone: str
    cut: str
    rows: int
    bytes: int
    used: float


@dataclass(frozen=True)
class CacheContents:
    """The whole cache.

    Attributes:
        folder: Path.
        bytes: Size on disk.
        limit: Bytes it may take; the store that was not used for longest is removed first.
        stores: Feature stores, most recently used first.
    """

    folder: str
    bytes: int
    limit: int
    stores: tuple[StoredFeatures, ...]
