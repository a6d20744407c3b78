"""Atomic writes: a reader never sees a partial file, and a power failure costs as little as possible.

A file that is written to a temporary path and then renamed is complete for every reader, even if the program is
killed. After a power failure, the new name may point to content that never reached the disk. `fsync` prevents that but
takes 5 to 30 ms per file, too long for a fast epoch. So there are two functions: `atomic_write(…, sync=True)` always
syncs; `atomic_write_lazy_sync` syncs once in `SYNC_EVERY` seconds, and in between preserves the last synced version
beside the new one.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SYNC_EVERY = 5.0
"""Seconds between two syncs of a file that is replaced often: a power failure loses at most the changes since."""

CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""Error codes of file systems that do not support fsync."""

MIN_FREE = 64 << 10
"""A disk with fewer free bytes counts as full: a write that fails need not use up the last of them."""

_UMASK = threading.Lock()

_TEMPORARY = re.compile(r"\..+\.(json|jsonl|csv|safetensors)\.[a-z0-9_]{8}")


@contextlib.contextmanager
def atomic_write(path: Path, sync: bool = False) -> Iterator[Path]:
    """Context with a temporary path to write to, which replaces `path` at the end or is removed after an error.

    Args:
        path: The file.
        sync: Wait until its content is on the disk.

    Raises:
        OSError: The folder cannot be written.
    """
    with atomic_write_all(path, sync=sync) as (target,):
        yield target


@contextlib.contextmanager
def atomic_write_all(*paths: Path, sync: bool = False) -> Iterator[list[Path]]:
    """Like `atomic_write` for related files: all are complete before the first one is replaced.

    The program can still be killed between two of the renames, but they take only microseconds.
    """
    temporary: list[Path] = []
    try:
        for path in paths:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            os.close(handle)
            temporary.append(Path(name))
        yield temporary
        for target in temporary:
            target.chmod(0o666 & ~_umask())
            if sync:
                _sync(target)
        for target, path in zip(temporary, paths, strict=True):
            target.replace(path)
        if sync:
            _sync_folders(*paths)
    except Exception as error:
        if _is_full_disk(error, paths[0].parent):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(paths[0])) from error
        raise
    finally:
        for target in temporary:
            target.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_write_lazy_sync(path: Path, now: bool = False) -> Iterator[Path]:
    """Like `atomic_write` for an essential file that is replaced many times a second.

    Most calls do not sync; then the last synced version stays at `backup_path(path)`, for readers that find the file
    itself damaged. The caller must be the file's only writer.

    Args:
        path: The file.
        now: Sync even if the last sync was recent.
    """
    last = backup_path(path)
    wait = now or sync_due(path)
    if not wait and not last.exists():
        try:
            last.hardlink_to(path)
        except OSError:  # the file system has no links, or `path` was just deleted
            wait = True
    with atomic_write(path, sync=wait) as target:
        yield target
    if wait:
        last.unlink(missing_ok=True)


def backup_path(path: Path) -> Path:
    """Path of the last synced version of a file, while a newer one may not be on the disk yet."""
    return path.with_name(f".{path.name}.kept")


def sync_due(path: Path) -> bool:
    """True if `atomic_write_lazy_sync` would sync: the last synced version is old, or there is none."""
    last = backup_path(path)
    try:
        age = time.time() - (last if last.exists() else path).stat().st_mtime
    except OSError:
        return True
    return not 0 <= age < SYNC_EVERY


def fsync_all(*paths: Path) -> None:
    """Sync files in their current state; those that do not exist are skipped.

    Raises:
        OSError: The disk failed.
    """
    existing = [path for path in paths if path.exists()]
    for path in existing:
        _sync(path)
    _sync_folders(*existing)
    for path in existing:
        backup_path(path).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace the file at `path` by `text` in UTF-8, atomically."""
    with atomic_write(path) as target:
        target.write_text(text, encoding="utf-8")


def write_json(path: Path, document: Any, sync: bool = False) -> None:
    """Replace the file at `path` by a document in JSON, one value per line and not escaped, for people to read.

    Raises:
        OSError: The folder cannot be written.
        UnicodeEncodeError: A text is none in UTF-8, as the name of a file may be.
    """
    with atomic_write(path, sync) as target:
        target.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def remove_temporary_files(folder: Path) -> None:
    """Remove temporary files of killed programs from a folder that no other program writes to."""
    for file in folder.rglob(".*"):
        if _TEMPORARY.fullmatch(file.name):
            with contextlib.suppress(OSError):
                file.unlink()


def has_current_folder() -> bool:
    """False if the current folder of the process was deleted."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return False
    return True


def _is_full_disk(error: Exception, folder: Path) -> bool:
    """True if an error of a library that wrote into `folder` was caused by a full disk, which its type may not say."""
    if isinstance(error, OSError):
        return False
    words = str(error)
    if "No space left on device" in words or "os error 28" in words:  # safetensors
        return True
    return isinstance(error, RuntimeError) and shutil.disk_usage(folder).free < MIN_FREE  # torch: “iostream error”


def _sync(file: Path) -> None:
    """Wait until the content of a file is on the disk."""
    with file.open("r+b") as opened:  # for writing, or Windows refuses
        try:
            os.fsync(opened.fileno())
        except OSError as error:
            if error.errno not in CANNOT_SYNC:
                raise


def _sync_folders(*paths: Path) -> None:
    """Wait until the names in the folders of `paths` are on the disk; Windows has no such call."""
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
    """The user's umask, for the mode of the final files; temporary files are private."""
    with _UMASK:  # it belongs to the process: two threads that set it at the same time could leave the wrong one
        mask = os.umask(0o077)
        os.umask(mask)
    return mask
