"""Hashes of photos' files, computed once for each version of a file.

Only files that have the size of a photo in the journal are hashed. A hash is reused while size and modification time
of its file stay the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import struct
import time
from collections.abc import Collection, Generator, Iterable, Sequence
from pathlib import Path

import msgspec

from studio.events import Progress
from studio.jobs.progress import Pace
from studio.system import paths, remote
from studio.system.files import atomic_files
from studio.system.remote import RemoteStatus

DIGEST_BYTES = 16
"""Size of a hash; the same as in a run's `photos.csv`."""

MAX_REMOTE = 1 << 30
"""Largest file on a server, in bytes, that is hashed; larger photos are not read either."""

RACY_SECONDS = 2.0
"""Age in seconds of a change up to which a file's hash is not stored: another change may get the same time."""

LINES = 500
"""Number of stored hashes decoded at a time: decoding holds the GIL, which blocks the window."""

_Line = tuple[str, int, int, str]
"""Path, size, modification time in nanoseconds and hash of a file; a line of the stored file."""

_VERSION = struct.Struct("<QQ")
"""Size of a file, and the lowest 64 bits of its modification time in nanoseconds, which may be before 1970."""

_Stored = dict[str, bytes]
"""`_VERSION` and hash of each file, by relative path: 80 bytes, where a tuple with its values takes 230."""


def content_of(file: str | os.PathLike[str]) -> str:
    """Hash of a file's content.

    Raises:
        OSError: It cannot be read.
    """
    if url := remote.url_of(file):
        return hashlib.blake2b(remote.read(url, MAX_REMOTE), digest_size=DIGEST_BYTES).hexdigest()
    with open(file, "rb") as opened:  # noqa: PTH123  # a `Path` would intern the name of each of 50,000 photos
        return hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=DIGEST_BYTES)).hexdigest()


def status_of(file: str) -> os.stat_result | RemoteStatus:
    """Size and time of change of a file on disk or on a server.

    Raises:
        OSError: There is no such file.
    """
    url = remote.url_of(file)
    return remote.status(url) if url else os.stat(file)  # noqa: PTH116  # faster, for 50,000 photos


def hash_of_path(folder: str) -> str:
    """Hash of a folder's path, used in the names of files about it."""
    real = remote.url_of(folder) or os.path.normcase(os.path.realpath(folder))
    return hashlib.blake2b(real.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


class ContentHashes:
    """Hashes of the files in a folder of photos.

    Args:
        root: The folder.
    """

    def __init__(self, root: str) -> None:
        self._root, self._file = root, paths.hashes_folder() / f"{hash_of_path(root)}.json"
        self._stored: _Stored | None = None
        self._changed = False

    def of(self, photos: Sequence[str], sizes: Collection[int] | None) -> Generator[Progress, None, dict[str, str]]:
        """Hashes by path of the readable files that have one of these sizes (None: any size)."""
        pace = Pace("scan", len(photos), "photos")
        hashes: dict[str, str] = {}
        for number, path in enumerate(photos, 1):
            with contextlib.suppress(OSError, ValueError):
                if (content := self._of(path, sizes)) is not None:
                    hashes[path] = content
            if (progress := pace.at(number)) is not None:
                yield progress
        self._save()
        return hashes

    def stored_hashes(self, photos: Iterable[str]) -> dict[str, str] | None:
        """Stored hashes by path; None if a file is missing, has changed, or has no stored hash."""
        hashes: dict[str, str] = {}
        for path in photos:
            try:
                status = status_of(os.path.join(self._root, path))  # noqa: PTH118  # faster, for 50,000 photos
            except (OSError, ValueError):
                return None
            content = self._stored_hash(path, status)
            if content is None:
                return None
            hashes[path] = content
        return hashes

    def learn(self, hashes: Iterable[tuple[str, str]], since: float) -> None:
        """Store hashes of files that were read since a time, except of files changed shortly before it or later.

        Args:
            hashes: Path and hash of each file.
            since: The time, in seconds since 1970.
        """
        for path, content in hashes:
            with contextlib.suppress(OSError, ValueError):
                status = status_of(os.path.join(self._root, path))  # noqa: PTH118  # faster, for 50,000 photos
                if status.st_mtime < since - RACY_SECONDS:
                    self._store(path, status, content)
        self._save()

    def _of(self, path: str, sizes: Collection[int] | None) -> str | None:
        full = os.path.join(self._root, path)  # noqa: PTH118  # faster than `Path`, for 50,000 photos
        status = status_of(full)
        if sizes is not None and status.st_size not in sizes:
            return None
        if (stored := self._stored_hash(path, status)) is not None:
            return stored
        content = content_of(full)
        if time.time() - status.st_mtime > RACY_SECONDS:
            self._store(path, status, content)
        return content

    def _stored_hash(self, path: str, status: os.stat_result | RemoteStatus) -> str | None:
        entry = self._load().get(path)
        is_same = entry is not None and entry.startswith(_version(status.st_size, status.st_mtime_ns))
        return entry[_VERSION.size :].hex() if entry is not None and is_same else None

    def _store(self, path: str, status: os.stat_result | RemoteStatus, content: str) -> None:
        entry = _entry(status.st_size, status.st_mtime_ns, content)
        if self._load().get(path) != entry:
            self._load()[path] = entry
            self._changed = True

    def _load(self) -> _Stored:
        if self._stored is None:
            self._stored = {}
            with contextlib.suppress(OSError, ValueError, struct.error):  # the stored hashes only save time
                self._stored = _read(self._file)
        return self._stored

    def _save(self) -> None:
        if not self._changed:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_files.atomic_write(self._file) as beside, beside.open("wb") as file:
                for path, entry in (self._stored or {}).items():
                    line = (path, *_VERSION.unpack_from(entry), entry[_VERSION.size :].hex())
                    file.write(msgspec.json.encode(line) + b"\n")
        self._changed = False


def _version(size: int, changed_ns: int) -> bytes:
    return _VERSION.pack(size, changed_ns & 0xFFFF_FFFF_FFFF_FFFF)


def _entry(size: int, changed_ns: int, content: str) -> bytes:
    return _version(size, changed_ns) + bytes.fromhex(content)


def _read(file: Path) -> _Stored:
    """Read a stored file.

    Raises:
        ValueError, struct.error: It is damaged.
        OSError: It cannot be read.
    """
    decoder = msgspec.json.Decoder(_Line)
    stored: _Stored = {}
    with file.open("rb") as opened:
        if opened.peek(1).startswith(b"{"):  # of an earlier version
            former = msgspec.json.decode(opened.read(), type=dict[str, tuple[int, int, str]])
            return {path: _entry(*row) for path, row in former.items()}
        while lines := list(itertools.islice(opened, LINES)):
            for path, *row in decoder.decode_lines(b"".join(lines)):
                stored[path] = _entry(*row)
    return stored


def run_to_end(steps: Generator[Progress, None, dict[str, str]]) -> dict[str, str]:
    """The result of `ContentHashes.of` without its progress."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            hashes: dict[str, str] = end.value
            return hashes


def sizes_of(root: str, photos: Iterable[str]) -> dict[str, int]:
    """Sizes in bytes by path of the files that exist."""
    sizes: dict[str, int] = {}
    for path in photos:
        with contextlib.suppress(OSError, ValueError):
            sizes[path] = status_of(os.path.join(root, path)).st_size  # noqa: PTH118  # faster, for 50,000 photos
    return sizes
