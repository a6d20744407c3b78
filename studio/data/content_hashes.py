"""Hashes of photos' files, computed once for each version of a file.

Only files that have the size of a photo in the journal are hashed. A hash is reused while size and modification time
of its file stay the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from studio.events import Progress
from studio.jobs.progress import Pace
from studio.system import paths
from studio.system.files import atomic_files

DIGEST_BYTES = 16
"""Size of a hash; the same as in a run's `photos.csv`."""

RACY_SECONDS = 2.0
"""A file changed more recently may change again without another modification time: its hash is not stored."""

LINES = 2000
"""Files whose hashes are decoded at once: it holds the interpreter, and with it the window."""

_Stored = dict[str, tuple[int, int, str]]
"""Size, modification time in nanoseconds and hash of each file, by relative path."""

_Line = tuple[str, int, int, str]
"""The same of one file, with its path; a line of the stored file."""


def content_of(file: Path) -> str:
    """Hash of a file's content.

    Raises:
        OSError: It cannot be read.
    """
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=DIGEST_BYTES)).hexdigest()


def hash_of_path(folder: str) -> str:
    """Hash of a folder's path, by which files about it are named."""
    real = os.path.normcase(os.path.realpath(folder))
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
        """Stored hashes by path of files that have not changed since; None where one lacks or cannot be read."""
        hashes: dict[str, str] = {}
        for path in photos:
            try:
                status = os.stat(os.path.join(self._root, path))  # noqa: PTH116, PTH118  # faster, for 50,000 photos
            except (OSError, ValueError):
                return None
            stored = self._load().get(path)
            if stored is None or stored[:2] != (status.st_size, status.st_mtime_ns):
                return None
            hashes[path] = stored[2]
        return hashes

    def learn(self, hashes: Mapping[str, str], since: float) -> None:
        """Store hashes of files that were read after a time, in seconds, unless they changed shortly before it."""
        for path, content in hashes.items():
            with contextlib.suppress(OSError, ValueError):
                status = os.stat(os.path.join(self._root, path))  # noqa: PTH116, PTH118  # faster, for 50,000 photos
                entry = (status.st_size, status.st_mtime_ns, content)
                if status.st_mtime < since - RACY_SECONDS and self._load().get(path) != entry:
                    self._load()[path] = entry
                    self._changed = True
        self._save()

    def _of(self, path: str, sizes: Collection[int] | None) -> str | None:
        full = os.path.join(self._root, path)  # noqa: PTH118  # faster than `Path`, for 50,000 photos
        status = os.stat(full)  # noqa: PTH116
        if sizes is not None and status.st_size not in sizes:
            return None
        stored = self._load().get(path)
        if stored is not None and stored[:2] == (status.st_size, status.st_mtime_ns):
            return stored[2]
        content = content_of(Path(full))
        if time.time() - status.st_mtime > RACY_SECONDS:
            self._load()[path] = (status.st_size, status.st_mtime_ns, content)
            self._changed = True
        return content

    def _load(self) -> _Stored:
        if self._stored is None:
            self._stored = {}
            with contextlib.suppress(OSError, msgspec.DecodeError):  # it only saves time
                self._stored = _decoded(self._file.read_bytes())
        return self._stored

    def _save(self) -> None:
        if not self._changed:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_files.atomic_write(self._file) as beside:
                beside.write_bytes(_encoded(self._stored or {}))
        self._changed = False


def _decoded(data: bytes) -> _Stored:
    if data.startswith(b"{"):  # a file of an earlier version
        return msgspec.json.decode(data, type=_Stored)
    decoder, lines, stored = msgspec.json.Decoder(_Line), data.splitlines(), _Stored()
    for start in range(0, len(lines), LINES):
        for path, size, changed_ns, content in decoder.decode_lines(b"\n".join(lines[start : start + LINES])):
            stored[path] = size, changed_ns, content
    return stored


def _encoded(stored: _Stored) -> bytes:
    rows = ((path, *entry) for path, entry in stored.items())
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


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
            sizes[path] = os.stat(os.path.join(root, path)).st_size  # noqa: PTH116, PTH118  # faster, for 50,000 photos
    return sizes
