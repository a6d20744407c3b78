"""Computed maps on disk, so that a second opening shows the same map at once. They may be deleted at any time.

A map is keyed by the features that it was computed from and by everything else that it depends on; only arrays of
numbers are read, never objects.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.photo_map import tsne
from studio.evaluate.photo_map.neighbors import Neighbors
from studio.evaluate.photo_map.rows import Places, Rows, blocks
from studio.events.photos.photo_map import MapMethod
from studio.system import paths
from studio.system.files import atomic_files

VERSION = 1
"""Raised when the same features give another map: stored maps are then computed again."""

MOST_MAPS = 20
"""Most stored maps; each takes some 250 bytes a photo. Those not used for longest are removed."""

_DAMAGED = (OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile, MemoryError)


@dataclass(frozen=True)
class StoredMap:
    """A complete map.

    Attributes:
        positions: (N, 2) float32.
        explained: Share of the variance that the two principal components explain.
        near: The most similar photos of each.
    """

    positions: NDArray[np.float32]
    explained: float
    near: Neighbors


def key_of(rows: Rows, places: Places, method: MapMethod) -> str:
    """Key of the map of these rows of features: features, method, parameters, version of the library."""
    version = ""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        version = importlib.metadata.version(tsne.LIBRARY)
    parameters = (VERSION, method, tsne.PERPLEXITY, tsne.EARLY, tsne.LATE, tsne.SEED, version)
    digest = hashlib.blake2b(repr((*parameters, rows.shape[1], len(places))).encode(), digest_size=16)
    for _, block in blocks(rows, places):
        digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()


def load(key: str, number: int) -> StoredMap | None:
    """The stored map of `number` photos with this key; None where there is none, or it is damaged."""
    file = _file(key)
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            positions, places, similarity, explained = (
                arrays[name] for name in ("positions", "places", "similarity", "explained")
            )
    except _DAMAGED:
        return None
    kinds = (positions.dtype, places.dtype, similarity.dtype)
    k = places.shape[1] if places.ndim == 2 else -1
    fits = positions.shape == (number, 2) and places.shape == similarity.shape == (number, k) and explained.size == 1
    if not fits or kinds != (np.float32, np.int32, np.float32) or not np.isfinite(positions).all():
        return None
    if places.size and not 0 <= int(places.min()) <= int(places.max()) < number:
        return None
    with contextlib.suppress(OSError):  # so that the maps used last stay
        os.utime(file)
    return StoredMap(positions, float(explained.reshape(-1)[0]), Neighbors(places, similarity))


def store(key: str, pointer: str, stored: StoredMap) -> None:
    """Store a map, and a pointer to it from its photos; beyond `MOST_MAPS`, those not used for longest are removed."""
    file = _file(key)
    with contextlib.suppress(OSError):  # a stored map only saves time
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_files.atomic_write(file) as beside, beside.open("wb") as out:
            np.savez(
                out,
                positions=stored.positions,
                places=stored.near.places,
                similarity=stored.near.similarity,
                explained=np.array(stored.explained),
            )
        atomic_files.write_text(file.parent / f"{pointer}.photos", key)
        for kind, most in (("*.npz", MOST_MAPS), ("*.photos", 5 * MOST_MAPS)):
            for old in sorted(file.parent.glob(kind), key=lambda one: one.stat().st_mtime)[:-most]:
                old.unlink(missing_ok=True)


def pointer_of(folder: str, backbone: str, photos: Iterable[str]) -> str:
    """Name by which the map of these photos by this backbone is looked up before the features are read."""
    digest = hashlib.blake2b(repr((VERSION, folder, backbone)).encode("utf-8", "surrogateescape"), digest_size=16)
    for path in photos:
        digest.update(path.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def is_likely_stored(pointer: str) -> bool:
    """True where a map of these photos was stored; the photos or the backbone may have changed since."""
    with contextlib.suppress(OSError, ValueError):
        key = (paths.maps_folder() / f"{pointer}.photos").read_text(encoding="ascii")
        return len(key) == 32 and key.isalnum() and _file(key).is_file()
    return False


def _file(key: str) -> Path:
    return paths.maps_folder() / f"{key}.npz"
