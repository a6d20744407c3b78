"""The lock of a run: only the process that holds it writes to the run.

The operating system releases the lock when the process ends, for whatever reason. So a run whose record says “running”
and whose lock is free was interrupted. The lock file is not deleted when the lock is released: otherwise two processes
could lock two files of the same name.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from studio.spec import UserError
from studio.system.files import atomic_files
from studio.system.files.file_locks import NO_LOCKS

LOCK, HOLDER = ".lock", ".holder.json"

TIMEOUT_S = 0.3
"""Seconds to wait for a lock, because a process that checks it (`is_held`) holds it for a moment itself."""


READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
"""Errors about files that may be read but not written."""


class RunLock:
    """The lock of a run; use it as a context manager, or call `take` and `release`."""

    def __init__(self, run: Path) -> None:
        self._run = run
        # Not bound to a thread, because a generator may be closed in another thread than it ran in.
        self._lock = FileLock(run / LOCK, thread_local=False)

    def take(self) -> None:
        """Lock the run; its folder must exist.

        Raises:
            UserError: Another program writes to the run, or the folder cannot be written.
            OSError: The lock file cannot be created for another reason.
        """
        try:
            self._lock.acquire(timeout=TIMEOUT_S, poll_interval=0.02)
        except Timeout as error:
            raise busy_error(self._run) from error
        except OSError as error:
            if error.errno in NO_LOCKS:
                return
            if error.errno in READ_ONLY:
                raise UserError(
                    f"The run {self._run} cannot be written ({error.strerror}).",
                    "Copy it to a folder that you may write to, and resume the copy.",
                    self._run,
                ) from error
            raise
        with contextlib.suppress(OSError):  # the file only serves messages of other programs
            process = {"process": os.getpid(), "computer": socket.gethostname()}
            atomic_files.write_text(self._run / HOLDER, json.dumps(process) + "\n")

    def release(self) -> None:
        """Release the lock; has no effect if it is not held, or if the folder is gone."""
        if not self._lock.is_locked:
            return
        with contextlib.suppress(OSError):
            (self._run / HOLDER).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._lock.release(force=True)

    def __enter__(self) -> RunLock:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_held(run: Path) -> bool:
    """True if a process holds the lock, or if that cannot be determined; creates no files."""
    try:
        return is_file_held(run / LOCK)
    except OSError as error:
        return error.errno not in READ_ONLY or _is_write_locked(run / LOCK)


def is_file_held(file: Path) -> bool:
    """True if a process holds the lock of this file; creates no file.

    Raises:
        OSError: That cannot be determined.
    """
    if not file.exists():
        return False
    try:
        with FileLock(file, thread_local=False).acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextlib.contextmanager
def reserved(run: Path) -> Iterator[None]:
    """Prevent other programs from writing to a run that is being moved; creates no files.

    Raises:
        UserError: A program is writing to it.
    """
    # Windows does not move a folder with an open file.
    if sys.platform == "win32" or not (run / LOCK).exists() or not os.access(run / LOCK, os.W_OK):
        if is_held(run):
            raise busy_error(run)
        yield
        return
    reservation = FileLock(run / LOCK, thread_local=False)
    try:
        reservation.acquire(timeout=0)
    except Timeout as error:
        raise busy_error(run) from error
    except OSError as error:  # without locks it is unknown whether a program writes to the run
        raise busy_error(run) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            reservation.release(force=True)


def _is_write_locked(file: Path) -> bool:
    """Like `is_held`, for a run that can only be read, such as one on a read-only disk."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except OSError:
        return True


def busy_error(run: Path) -> UserError:
    """The error about a run that another program writes to."""
    process = holder(run)
    subject = (
        "Another training of this program"
        if is_here(process)
        else (f"Another program ({process})" if process else "Another program")
    )
    return UserError(f"{subject} is writing to the run {run}.", "Wait until it has ended, or stop it there.", run)


def holder(run: Path) -> str:
    """The process that writes to a run: “process 4711”, or “process 4711 on lab-3”; "" if it is unknown."""
    try:
        about = json.loads((run / HOLDER).read_text(encoding="utf-8"))
        return _words(int(about["process"]), str(about["computer"]))
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def is_here(process: str) -> bool:
    """True if these words of `holder` mean this process."""
    return process == _words(os.getpid(), socket.gethostname())


def _words(process: int, computer: str) -> str:
    return f"process {process}" + ("" if computer == socket.gethostname() else f" on {computer}")
