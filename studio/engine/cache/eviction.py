"""Files of the cache: its size, its content, and the removal of the oldest part of it.

A feature store is a folder, in which each program that computed rows for it left a *segment*: a file of rows and one of
their keys. Segments are removed, the one unused for longest first, whatever store it is in, so that one store with many
data sets stays within the limit, too. Programs map a segment while they read it: where files in use can be removed they
keep what they mapped, where they cannot (Windows) the segment stays. Imports neither numpy nor torch.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.events import CacheContents, StoredFeatures
from studio.system import atomic_files

ROWS, KEYS, ABOUT = ".rows", ".keys", "about.json"

ARTIFACT = ".artifact"
"""Suffix of a file without keys (`artifacts`); it is counted and removed like a segment."""

KEY_BYTES = 16
"""Bytes of a photo's digest."""

RECORD_BYTES = KEY_BYTES + 4
"""Record of a row in the file of keys: the digest, and a checksum of both."""


@dataclass(frozen=True)
class _Segment:
    rows: Path
    bytes: int
    used: float

    @property
    def keys(self) -> Path:
        return self.rows.with_suffix(KEYS)


def contents(root: Path, limit: int) -> CacheContents:
    """Content of the cache, the store used last first."""
    by_store: dict[Path, list[_Segment]] = {}
    for segment in _segments(root):
        by_store.setdefault(segment.rows.parent, []).append(segment)
    stores = [_store(folder, segments) for folder, segments in by_store.items()]
    stores.sort(key=_used, reverse=True)
    return CacheContents(str(root), sum(store.bytes for store in stores), limit, tuple(stores))


def prune(root: Path, limit: int, keep: Collection[Path] = (), coming: int = 0) -> None:
    """Remove the segments unused for longest until the cache, with `coming` bytes more, is within `limit` bytes.

    Args:
        root: Folder of the cache.
        limit: Size limit of all stores together in bytes.
        keep: Stores or files of rows that are in use and stay.
        coming: Bytes that are about to be written.
    """
    segments = sorted(_segments(root), key=_age)
    over = sum(segment.bytes for segment in segments) + coming - limit
    _remove(segments, over, keep)


def free_space(root: Path, wanted: int, keep: Collection[Path] = ()) -> bool:
    """Free `wanted` bytes on a full disk, oldest segments first; False where nothing could be removed."""
    return _remove(sorted(_segments(root), key=_age), wanted, keep) > 0


def clear(root: Path) -> None:
    """Remove all computed features; other files stay."""
    _remove(list(_segments(root)), float("inf"), ())


def describe(folder: Path, about: dict[str, object]) -> None:
    """Write the description of a store, for people and for `contents`."""
    atomic_files.write_text(folder / ABOUT, json.dumps(about, indent=1))


def _remove(segments: list[_Segment], wanted: float, keep: Collection[Path]) -> int:
    """Remove segments in this order until `wanted` bytes are free; returns the number of freed bytes."""
    freed = 0
    for segment in segments:
        if freed >= wanted:
            break
        if segment.rows in keep or segment.rows.parent in keep:
            continue
        try:
            segment.keys.unlink(missing_ok=True)  # first: rows without keys are ignored by readers
            segment.rows.unlink(missing_ok=True)
        except OSError:  # in use, on a system where such files cannot be removed
            continue
        freed += segment.bytes
        _fold(segment.rows.parent)
    return freed


def _fold(store: Path) -> None:
    """Remove a store that has become empty."""
    if any(path.suffix in (ROWS, KEYS, ARTIFACT) for path in _inside(store)):
        return
    with contextlib.suppress(OSError):  # fails where there are other files in it
        (store / ABOUT).unlink(missing_ok=True)
        store.rmdir()


def _segments(root: Path) -> Iterator[_Segment]:
    """All segments, incomplete ones too; another program may remove some at the same time."""
    for store in _inside(root):
        names = {path.with_suffix("") for path in _inside(store) if path.suffix in (ROWS, KEYS)}
        artifacts = [path for path in _inside(store) if path.suffix == ARTIFACT]
        for rows in (*sorted(name.with_suffix(ROWS) for name in names), *artifacts):
            size, used = 0, 0.0
            for file in (rows, rows.with_suffix(KEYS)):
                with contextlib.suppress(OSError):
                    stat = file.stat()
                    size, used = size + stat.st_size, max(used, stat.st_mtime)
            yield _Segment(rows, size, used)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # no folder, or just removed
        return []


def _store(folder: Path, segments: list[_Segment]) -> StoredFeatures:
    about: Any = {}
    with contextlib.suppress(OSError, ValueError):
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    if not isinstance(about, dict):
        about = {}
    keys = 0
    for segment in segments:
        with contextlib.suppress(OSError):
            keys += segment.keys.stat().st_size // RECORD_BYTES
    backbone, cut = str(about.get("backbone", "")), str(about.get("cut", ""))
    return StoredFeatures(
        folder.name, backbone, cut, keys, sum(segment.bytes for segment in segments), max(map(_age, segments))
    )


def _age(segment: _Segment) -> float:
    return segment.used


def _used(store: StoredFeatures) -> float:
    return store.used
