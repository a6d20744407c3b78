"""The cache as folders: how large it is, what lies in it, and what goes first when it is too large.

A shelf is a folder; every program that computed rows for it left a *pair* of files there, the rows and their keys. A
pair is what is removed: the one unused for longest first, whatever shelf it lies on, so that one shelf that serves many
data sets stays within the limit, too. Programs that read a pair have it mapped: where files in use can be removed they
keep what they read, where they cannot (Windows) the pair stays. Knows neither numpy nor torch.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.events import CacheFound, ShelfFound
from studio.system import atomic_files

ROWS, KEYS, ABOUT = ".rows", ".keys", "about.json"

ARTIFACT = ".artifact"
"""A file that stands alone on its shelf (`artifacts`); it is counted and removed as a pair is."""

KEY_BYTES = 16
"""A photo's digest."""

RECORD_BYTES = KEY_BYTES + 4
"""What is written for a row beside itself: the digest, and a checksum of both."""


@dataclass(frozen=True)
class _Pair:
    rows: Path
    bytes: int
    used: float

    @property
    def keys(self) -> Path:
        return self.rows.with_suffix(KEYS)


def found(root: Path, limit: int) -> CacheFound:
    """What the cache holds, the shelf used last first."""
    shelves: dict[Path, list[_Pair]] = {}
    for pair in _pairs(root):
        shelves.setdefault(pair.rows.parent, []).append(pair)
    listed = [_shelf(folder, pairs) for folder, pairs in shelves.items()]
    listed.sort(key=_used, reverse=True)
    return CacheFound(str(root), sum(shelf.bytes for shelf in listed), limit, tuple(listed))


def prune(root: Path, limit: int, keep: Collection[Path] = (), coming: int = 0) -> None:
    """Remove the pairs unused for longest until the cache, with `coming` bytes more, is within `limit` bytes.

    Args:
        root: Folder of the cache.
        limit: Bytes all shelves may take together.
        keep: Shelves or files of rows that stay whatever their age: they are in use.
        coming: Bytes that are about to be written.
    """
    pairs = sorted(_pairs(root), key=_age)
    over = sum(pair.bytes for pair in pairs) + coming - limit
    _remove(pairs, over, keep)


def give_way(root: Path, wanted: int, keep: Collection[Path] = ()) -> bool:
    """Make `wanted` bytes free on a full disk, oldest first; False where nothing could be removed."""
    return _remove(sorted(_pairs(root), key=_age), wanted, keep) > 0


def clear(root: Path) -> None:
    """Remove everything that was computed, whatever lies beside it stays."""
    _remove(list(_pairs(root)), float("inf"), ())


def describe(folder: Path, about: dict[str, object]) -> None:
    """Write what a shelf holds, for people and for `found`."""
    atomic_files.write_text(folder / ABOUT, json.dumps(about, indent=1))


def _remove(pairs: list[_Pair], wanted: float, keep: Collection[Path]) -> int:
    """Remove pairs in this order until `wanted` bytes are free; returns the bytes that are."""
    freed = 0
    for pair in pairs:
        if freed >= wanted:
            break
        if pair.rows in keep or pair.rows.parent in keep:
            continue
        try:
            pair.keys.unlink(missing_ok=True)  # first: rows without keys are read by nobody
            pair.rows.unlink(missing_ok=True)
        except OSError:  # in use where files in use cannot be removed
            continue
        freed += pair.bytes
        _fold(pair.rows.parent)
    return freed


def _fold(shelf: Path) -> None:
    """Remove a shelf that has become empty."""
    if any(path.suffix in (ROWS, KEYS, ARTIFACT) for path in _inside(shelf)):
        return
    with contextlib.suppress(OSError):  # somebody else's files keep it
        (shelf / ABOUT).unlink(missing_ok=True)
        shelf.rmdir()


def _pairs(root: Path) -> Iterator[_Pair]:
    """All pairs, torn ones too; another program may remove some meanwhile."""
    for shelf in _inside(root):
        names = {path.with_suffix("") for path in _inside(shelf) if path.suffix in (ROWS, KEYS)}
        alone = [path for path in _inside(shelf) if path.suffix == ARTIFACT]
        for rows in (*sorted(name.with_suffix(ROWS) for name in names), *alone):
            size, used = 0, 0.0
            for file in (rows, rows.with_suffix(KEYS)):
                with contextlib.suppress(OSError):
                    stat = file.stat()
                    size, used = size + stat.st_size, max(used, stat.st_mtime)
            yield _Pair(rows, size, used)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # no folder, or gone meanwhile
        return []


def _shelf(folder: Path, pairs: list[_Pair]) -> ShelfFound:
    about: Any = {}
    with contextlib.suppress(OSError, ValueError):
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    if not isinstance(about, dict):
        about = {}
    keys = 0
    for pair in pairs:
        with contextlib.suppress(OSError):
            keys += pair.keys.stat().st_size // RECORD_BYTES
    backbone, cut = str(about.get("backbone", "")), str(about.get("cut", ""))
    return ShelfFound(folder.name, backbone, cut, keys, sum(pair.bytes for pair in pairs), max(map(_age, pairs)))


def _age(pair: _Pair) -> float:
    return pair.used


def _used(shelf: ShelfFound) -> float:
    return shelf.used
