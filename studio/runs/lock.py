"""The lock of a run: only the process that holds it writes to the run.

The operating system releases the lock when its process ends, however it ends. So a run whose record says “running”
and whose lock is free was interrupted, and two programs never write to the same run. The lock file stays when the lock
is released: removing it would let two programs hold two files of the same name.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from studio.spec import UserError
from studio.system import atomic_files

LOCK, HOLDER = ".lock", ".holder.json"

PATIENCE_S = 0.3
"""Seconds to wait for a lock: a program that only checks whether it is held holds it for a moment itself."""

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""Errors of file systems without locks. Runs there are written without one; `is_held` cannot tell whether they are."""

READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
"""Errors of systems where a file may be read and not written."""


class RunLock:
    """The right to write to the folder of a run; a context, or `take` and `release`."""

    def __init__(self, run: Path) -> None:
        self._run = run
        # Not bound to a thread: a generator may be closed in another one than it ran in.
        self._lock = FileLock(run / LOCK, thread_local=False)

    def take(self) -> None:
        """Lock the run; its folder must exist.

        Raises:
            UserError: Another program writes to it, or it cannot be written.
            OSError: The disk failed.
        """
        try:
            self._lock.acquire(timeout=PATIENCE_S, poll_interval=0.02)
        except Timeout as error:
            raise busy_error(self._run) from error
        except OSError as error:
            if error.errno in NO_LOCKS:
                return
            if error.errno in READ_ONLY:
                raise UserError(
                    f"The run {self._run} cannot be written ({error.strerror}).",
                    "Copy it to a folder that you may write to, and go on with the copy.",
                    self._run,
                ) from error
            raise
        with contextlib.suppress(OSError):  # only shown to other programs
            me = {"process": os.getpid(), "computer": socket.gethostname()}
            atomic_files.write_text(self._run / HOLDER, json.dumps(me) + "\n")

    def release(self) -> None:
        """Release the lock; may be called again, and after the folder is gone."""
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
    """True where a program writes to the run now, or where that cannot be known; creates no files."""
    if not (run / LOCK).exists():
        return False
    lock = FileLock(run / LOCK, thread_local=False)
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError as error:
        return error.errno not in READ_ONLY or _held_by_a_writer(run / LOCK)


def _held_by_a_writer(file: Path) -> bool:
    """`is_held` for a run that may only be read, such as one on a read-only disk."""
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
    """The error where another program holds a run."""
    who = holder(run)
    who = (
        "Another training of this program"
        if who == _words(os.getpid(), socket.gethostname())
        else (f"Another program ({who})" if who else "Another program")
    )
    return UserError(f"{who} is writing to the run {run}.", "Wait until it has ended, or stop it there.", run)


def holder(run: Path) -> str:
    """The program that writes to a run in words: “process 4711”, or “process 4711 on lab-3”; "" where not known."""
    try:
        about = json.loads((run / HOLDER).read_text(encoding="utf-8"))
        return _words(int(about["process"]), str(about["computer"]))
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def _words(process: int, computer: str) -> str:
    return f"process {process}" + ("" if computer == socket.gethostname() else f" on {computer}")
