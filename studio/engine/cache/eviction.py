"""Files of the cache: their size and content, and the eviction of the least recently used ones.

A feature store is a folder of *segments*, each written by one program: a file of rows and a file of their keys.
Segments are evicted in the order of their last use, regardless of the store, so that a single store with many data sets
also stays within the limit. Readers map segments into memory: on systems that can remove files in use, a mapping stays
valid; on Windows such a segment is not removed. The module imports neither numpy nor torch.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.events import CacheContents, StoredFeatures
from studio.system.files import atomic_files, json_text

ROWS, KEYS, ABOUT = ".rows", ".keys", "about.json"

ARTIFACT = ".artifact"
"""Suffix of files written by `artifacts`, which are counted and evicted like segments."""

KEY_BYTES = 16
"""Bytes of a photo's digest."""

RECORD_BYTES = KEY_BYTES + 4
"""Bytes per row in the file of keys: the digest, and a checksum of digest and row."""


@dataclass(frozen=True)
class _Segment:
    rows: Path
    bytes: int
    used: float

    @property
    def keys(self) -> Path:
        return self.rows.with_suffix(KEYS)


def contents(root: Path, limit: int) -> CacheContents:
    """Content of the cache, the most recently used store first."""
    by_store: dict[Path, list[_Segment]] = {}
    for segment in _segments(root):
        by_store.setdefault(segment.rows.parent, []).append(segment)
    stores = [_store(folder, segments) for folder, segments in by_store.items()]
    stores.sort(key=_used, reverse=True)
    return CacheContents(str(root), sum(store.bytes for store in stores), limit, tuple(stores))


def prune(root: Path, limit: int, keep: Collection[Path] = (), incoming: int = 0) -> None:
    """Evict the least recently used segments until the cache plus `incoming` bytes is within `limit` bytes.

    Args:
        root: Folder of the cache.
        limit: Size limit of all stores together in bytes.
        keep: Stores, or files of rows, that are in use and must stay.
        incoming: Bytes that are about to be written.
    """
    segments = sorted(_segments(root), key=_age)
    over = sum(segment.bytes for segment in segments) + incoming - limit
    _remove(segments, over, keep)


def free_space(root: Path, required: int, keep: Collection[Path] = ()) -> bool:
    """Evict segments of at least `required` bytes in all, for a full disk; False if none could be removed."""
    return _remove(sorted(_segments(root), key=_age), required, keep) > 0


def clear(root: Path) -> None:
    """Remove all segments and artifacts; other files stay."""
    _remove(list(_segments(root)), float("inf"), ())


def describe(folder: Path, about: dict[str, object]) -> None:
    """Write the description of a store, which `contents` reads."""
    atomic_files.write_text(folder / ABOUT, json.dumps(about, indent=1))


def _remove(segments: list[_Segment], required: float, keep: Collection[Path]) -> int:
    """Remove segments in this order until `required` bytes are freed; return the number of freed bytes."""
    freed = 0
    for segment in segments:
        if freed >= required:
            break
        if segment.rows in keep or segment.rows.parent in keep:
            continue
        try:
            segment.keys.unlink(missing_ok=True)  # first: rows without keys are ignored by readers
            segment.rows.unlink(missing_ok=True)
        except OSError:  # in use, on a system where such files cannot be removed
            continue
        freed += segment.bytes
        _remove_if_empty(segment.rows.parent)
    return freed


def _remove_if_empty(store: Path) -> None:
    """Remove the folder of a store without segments."""
    if any(path.suffix in (ROWS, KEYS, ARTIFACT) for path in _inside(store)):
        return
    with contextlib.suppress(OSError):  # fails where there are other files in it
        (store / ABOUT).unlink(missing_ok=True)
        store.rmdir()


def _segments(root: Path) -> Iterator[_Segment]:
    """Yield all segments, including incomplete ones; another program may remove some at the same time."""
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
        about = json_text.loads((folder / ABOUT).read_text(encoding="utf-8"))
    if not isinstance(about, dict):
        about = {}
    keys = 0
    for segment in segments:
        with contextlib.suppress(OSError):
            keys += segment.keys.stat().st_size // RECORD_BYTES
    preprocess = about.get("preprocess")
    seen = preprocess if isinstance(preprocess, dict) else {}  # absent from compiled networks
    return StoredFeatures(
        folder.name,
        str(about.get("backbone", "")),
        str(about.get("cut", "")),
        keys,
        sum(segment.bytes for segment in segments),
        max(map(_age, segments)),
        str(about.get("readout", "")),
        _two_sides(seen.get("size")),
        str(seen.get("crop", "")),
    )


def _two_sides(value: object) -> tuple[int, ...]:
    """Height and width; () for anything else."""
    if not isinstance(value, list) or len(value) != 2:
        return ()
    sides = tuple(side for side in value if isinstance(side, int))
    return sides if len(sides) == 2 else ()


def _age(segment: _Segment) -> float:
    return segment.used


def _used(store: StoredFeatures) -> float:
    return store.used
