"""Event with the contents of the feature cache."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoredFeatures:
    """One feature store of the cache: rows of one kind.

    Attributes:
        name: Name of its folder: a hash of everything that a row depends on, except the photo.
        backbone: Name of the backbone; "" where it is unknown.
        cut: `features`, `pixels`, or the layer whose output is stored.
        rows: Number of rows: one per photo or fixed view of a photo.
        bytes: Size on disk.
        used: Time of the last write or read, in seconds since 1970.
        readout: What the features are: “default” (as published), “patches”, “blocks/4”; "" where it is unknown.
        image_size: Height and width of the photos in pixels; () where they are unknown.
        crop: How photos were cropped, as in `PreprocessSpec`; "" where it is unknown.
    """

    name: str
    backbone: str
    cut: str
    rows: int
    bytes: int
    used: float
    readout: str = ""
    image_size: tuple[int, ...] = ()
    crop: str = ""


@dataclass(frozen=True)
class CacheContents:
    """The contents of the cache.

    Attributes:
        folder: Path.
        bytes: Size on disk.
        limit: Largest size in bytes; above it, stores are removed, the least recently used first.
        stores: Feature stores, most recently used first.
    """

    folder: str
    bytes: int
    limit: int
    stores: tuple[StoredFeatures, ...]
