"""Writing files so that a reader never sees half of one, and so that a power cut takes as little as possible.

A file that is written beside and then renamed is whole for every reader, also when the program is killed. A power cut
is another matter: the system may have renamed a file whose content never reached the disk. Waiting until it is there
takes 5 to 30 ms a file, more than a quick epoch has. So there are two ways: `whole(…, sync=True)` waits; `steady` waits
once in `SYNC_EVERY` seconds and between keeps the last version that is safe on the disk beside the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SYNC_EVERY = 5.0
"""Seconds between two waits for the disk of a file that is replaced many times a second: what a power cut may cost."""

CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems answer that know no waiting for the disk."""

LEAST_FREE = 64 << 10
"""A disk with fewer bytes free is full: what could not be written whole still takes its part of them."""

_SCRAP = re.compile(r"\..+\.(json|jsonl|csv|safetensors)\.[a-z0-9_]{8}")


@contextlib.contextmanager
def atomic_write(path: Path, sync: bool = False) -> Iterator[Path]:
    """A temporary path beside `path` to write to; takes its place at the end, or vanishes where something fails.

    Args:
        path: Of the file.
        sync: Wait until it is safe on the disk.

    Raises:
        OSError: The folder cannot be written.
    """
    with atomic_write_all(path, sync=sync) as (beside,):
        yield beside


@contextlib.contextmanager
def atomic_write_all(*paths: Path, sync: bool = False) -> Iterator[list[Path]]:
    """Like `whole` for files that belong together: all are complete before the first takes its place.

    Between two of them the program can still be killed, in a few microseconds instead of the time of a write.
    """
    made: list[Path] = []
    try:
        for path in paths:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            os.close(handle)
            made.append(Path(name))
        yield made
        for beside in made:
            beside.chmod(0o666 & ~_umask())
            if sync:
                _sync(beside)
        for beside, path in zip(made, paths, strict=True):
            beside.replace(path)
        if sync:
            _sync_folders(*paths)
    except Exception as error:
        if _tells_of_full_disk(error, paths[0].parent):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(paths[0])) from error
        raise
    finally:
        for beside in made:
            beside.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_write_lazy_sync(path: Path, now: bool = False) -> Iterator[Path]:
    """Like `whole` for a file that is replaced many times a second and that nothing can be done without.

    Most times nobody waits for the disk; then the last version that is safe there stays as `kept(path)`, for readers
    that find the file itself damaged. The caller must be the file's only writer.

    Args:
        path: Of the file.
        now: Wait for the disk whatever the time.
    """
    last = backup_path(path)
    wait = now or sync_due(path)
    if not wait and not last.exists():
        try:
            last.hardlink_to(path)
        except OSError:  # no links here, or `path` has just gone
            wait = True
    with atomic_write(path, sync=wait) as beside:
        yield beside
    if wait:
        last.unlink(missing_ok=True)


def backup_path(path: Path) -> Path:
    """Where the last version is that was safe on the disk, while a newer one may not be."""
    return path.with_name(f".{path.name}.kept")


def sync_due(path: Path) -> bool:
    """True where `steady` would wait for the disk: the version that is safe there is old, or there is none."""
    last = backup_path(path)
    try:
        age = time.time() - (last if last.exists() else path).stat().st_mtime
    except OSError:
        return True
    return not 0 <= age < SYNC_EVERY


def fsync_all(*paths: Path) -> None:
    """Wait until files are safe on the disk as they are now; those that are not there are passed over.

    Raises:
        OSError: The disk failed.
    """
    there = [path for path in paths if path.exists()]
    for path in there:
        _sync(path)
    _sync_folders(*there)
    for path in there:
        backup_path(path).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace the file at `path` by `text` in UTF-8, whole or not at all."""
    with atomic_write(path) as beside:
        beside.write_text(text, encoding="utf-8")


def clear_scraps(folder: Path) -> None:
    """Remove what killed programs left half-written in a folder that nobody else writes to."""
    for file in folder.rglob(".*"):
        if _SCRAP.fullmatch(file.name):
            with contextlib.suppress(OSError):
                file.unlink()


def has_current_folder() -> bool:
    """False where the folder in which the process was started is gone."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return False
    return True


def _tells_of_full_disk(error: Exception, folder: Path) -> bool:
    """True where a library that wrote into `folder` met a full disk and says so in words of its own, or hardly."""
    if isinstance(error, OSError):
        return False
    words = str(error)
    if "No space left on device" in words or "os error 28" in words:  # safetensors
        return True
    return isinstance(error, RuntimeError) and shutil.disk_usage(folder).free < LEAST_FREE  # torch: “iostream error”


def _sync(file: Path) -> None:
    """Wait until the content of a file is on the disk."""
    with file.open("r+b") as opened:  # for writing, or Windows refuses
        try:
            os.fsync(opened.fileno())
        except OSError as error:
            if error.errno not in CANNOT_SYNC:
                raise


def _sync_folders(*paths: Path) -> None:
    """Wait until the names in the folders of `paths` are on the disk; Windows writes them by itself."""
    if os.name != "posix":
        return
    for folder in {path.parent for path in paths}:
        with contextlib.suppress(OSError):  # some network file systems refuse it for folders
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _umask() -> int:
    """What the user keeps from others; temporary files are private, results are ordinary files."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
