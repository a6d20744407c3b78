"""The queue of runs on disk, so that it survives the program.

Each window writes a file of its own and holds a lock beside it. A file whose lock is free was left by a window that
has ended, however it ended: its runs are offered again, and the file stays until the user has taken them over.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from studio.runs.files.lock import is_file_held
from studio.session.state import QueuedRun
from studio.spec import RunSpec, UserError
from studio.spec.encoding.serialization import run_spec_from_json, to_json
from studio.system import paths
from studio.system.files import atomic_files, json_text

SUFFIX = ".queue.json"


class QueueFile:
    """The file of one window.

    Args:
        folder: Folder of the files; None for the user's own.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or paths.queues_folder()
        self._file = self._folder / f"{uuid.uuid4().hex}{SUFFIX}"
        self._lock: FileLock | None = None
        self._left: list[Path] = []

    def write(self, queue: Sequence[QueuedRun]) -> None:
        """Write the queue, atomically; an empty one removes the file. Errors of the disk are ignored."""
        with contextlib.suppress(OSError, Timeout):
            if not queue:
                self._file.unlink(missing_ok=True)
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            document = {"version": 1, "trainings": [to_json(run.spec) for run in queue]}
            atomic_files.write_text(self._file, json.dumps(document, ensure_ascii=False, indent=1))

    def left(self) -> tuple[RunSpec, ...]:
        """The runs that windows left when they ended; those that cannot be read are left out."""
        self._left = [file for file in _files(self._folder) if file != self._file and not _is_held(file)]
        return tuple(spec for file in self._left for spec in _specs(file))

    def remove_left(self) -> None:
        """Remove the files that `left` read, because their runs are in this queue now."""
        for file in self._left:
            if _specs(file):  # an unreadable file stays: a newer version may have written it
                for path in (file, _lock_file(file)):
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)
        self._left = []

    def close(self) -> None:
        """Release the lock: the runs in the file are offered to the next window."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._lock.release(force=True)
            self._lock = None
        if not self._file.exists():
            with contextlib.suppress(OSError):
                _lock_file(self._file).unlink(missing_ok=True)

    def _take_lock(self) -> None:
        if self._lock is None:
            lock = FileLock(_lock_file(self._file), thread_local=False)
            lock.acquire(timeout=0)
            self._lock = lock


def waiting_in_windows(folder: Path | None = None) -> tuple[RunSpec, ...]:
    """The runs that wait in open windows, and those left by windows that have ended."""
    return tuple(spec for file in _files(folder or paths.queues_folder()) for spec in _specs(file))


def _files(folder: Path) -> list[Path]:
    try:
        files = [file for file in folder.iterdir() if file.name.endswith(SUFFIX) and not file.name.startswith(".")]
        return sorted(files, key=_age)
    except OSError:
        return []


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _lock_file(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(SUFFIX) + ".lock")


def _is_held(file: Path) -> bool:
    """True while the window that wrote the file is open."""
    try:
        return is_file_held(_lock_file(file))
    except OSError:
        return os.name == "nt"


def _specs(file: Path) -> tuple[RunSpec, ...]:
    try:
        document: Any = json_text.loads(file.read_text(encoding="utf-8"))
        return tuple(run_spec_from_json(spec) for spec in document["trainings"])
    except (OSError, ValueError, TypeError, KeyError, UserError):
        return ()
