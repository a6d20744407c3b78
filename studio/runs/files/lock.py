"""The lock of a run: only the process that holds it writes to the run.

The operating system releases the lock when the process ends, for whatever reason. So a run whose record says “running”
and whose lock is free was interrupted. The lock file is not deleted when the lock is released: otherwise two processes
could lock two files of the same name.

On a shared disk, other computers may not see the lock. They see the holder's file, which names computer and process and
says what the process does; it is rewritten every few seconds. While there is such a file of another computer, the run
is not taken over: a computer that is only unreachable may write to it again.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from studio.spec import UserError
from studio.system.files import atomic_files, json_text
from studio.system.files.file_locks import NO_LOCKS

LOCK, HOLDER = ".lock", ".holder.json"

TIMEOUT_S = 0.3
"""Seconds to wait for a lock, because a process that checks it (`is_held`) holds it for a moment itself."""

PULSE_S = 5.0
"""Seconds between two signs of life in the holder's file."""

SILENCE_S = 120.0
"""Seconds without a sign of life after which a holder on another computer counts as lost: more than the longest pause
between two events of a run, and than the usual difference between two clocks."""

READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
"""Codes of the errors about files that may be read but not written."""


@dataclass(frozen=True)
class Holder:
    """The process that writes to a run, as its file says.

    Attributes:
        process: Its process ID.
        computer: Name of its computer.
        seen: Time of its last sign of life, in seconds since 1970.
        activity: What it does, in words; "" where it does not say.
    """

    process: int
    computer: str
    seen: float = 0.0
    activity: str = ""

    @property
    def words(self) -> str:
        """The process in words: “process 4711”, or “process 4711 on lab-3”."""
        return f"process {self.process}" + (f" on {self.computer}" if self.is_elsewhere else "")

    @property
    def is_elsewhere(self) -> bool:
        """True for a process on another computer."""
        return self.computer != socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """True where its last sign of life is less than `SILENCE_S` old."""
        return time.time() - self.seen < SILENCE_S


class RunLock:
    """The lock of a run; use it as a context manager, or call `take` and `release`."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._is_held = False
        self._pulse_at = 0.0
        # Not bound to a thread, because a generator may be closed in another thread than it ran in.
        self._lock = FileLock(run / LOCK, thread_local=False)

    def take(self) -> None:
        """Lock the run; its folder must exist.

        Raises:
            UserError: Another program writes to the run, or did when its computer was last seen, or the folder cannot
                be written.
            OSError: The lock file cannot be created for another reason.
        """
        try:
            self._lock.acquire(timeout=TIMEOUT_S, poll_interval=0.02)
        except Timeout as error:
            raise busy_error(self._run) from error
        except OSError as error:
            if error.errno in READ_ONLY:
                raise UserError(
                    f"The run {self._run} cannot be written ({error.strerror or error}).",
                    "Copy it to a folder that you may write to, and resume the copy.",
                    self._run,
                ) from error
            if error.errno not in NO_LOCKS:
                raise
        try:
            require_not_elsewhere(self._run)  # the lock of another computer may not be visible here
        except UserError:
            self._lock.release(force=True)
            raise
        self._is_held = True
        self._write("")

    @property
    def is_pulse_due(self) -> bool:
        """True where the lock is held, and the last sign of life was `PULSE_S` seconds ago."""
        return self._is_held and time.monotonic() - self._pulse_at >= PULSE_S

    def pulse(self, activity: str) -> None:
        """Give a sign of life, and say in words what this process does.

        Raises:
            UserError: Another process has taken the run over.
        """
        other = read_holder(self._run)
        if other is not None and not _is_mine(other):
            raise UserError(
                f"The run {self._run} is now written by {other.words}, so this process no longer writes to it.",
                "It was taken over while this computer could not be reached. Follow the run there.",
                self._run,
            )
        self._write(activity)

    def _write(self, activity: str) -> None:
        self._pulse_at = time.monotonic()
        about = {"process": os.getpid(), "computer": socket.gethostname(), "activity": activity}
        with contextlib.suppress(OSError):  # the file is only information for other programs
            atomic_files.write_text(self._run / HOLDER, json.dumps(about) + "\n")

    def release(self) -> None:
        """Release the lock; has no effect if it is not held, or if the folder is gone."""
        if not self._is_held:
            return
        self._is_held = False
        with contextlib.suppress(OSError):
            other = read_holder(self._run)
            if other is None or _is_mine(other):
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
    """True if a process holds the lock, here or on another computer, or if that is unknown; creates no files."""
    other = read_holder(run)
    if other is not None and other.is_elsewhere and other.is_alive:
        return True
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
        UserError: A program is writing to it, or did when its computer was last seen.
    """
    require_not_elsewhere(run)
    # Windows does not move a folder that has an open file, such as a held lock.
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
    except OSError as error:  # where locks do not work, it is unknown whether a program writes to the run
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
        "Another run of this program"
        if is_here(process)
        else (f"Another program ({process})" if process else "Another program")
    )
    return UserError(f"{subject} is writing to the run {run}.", "Wait until it has ended, or stop it there.", run)


def require_not_elsewhere(run: Path) -> None:
    """Require that no process on another computer writes to a run, nor did when its computer was last seen.

    Raises:
        UserError: One does, or did.
    """
    other = read_holder(run)
    if other is None or not other.is_elsewhere:
        return
    if other.is_alive:
        raise busy_error(run)
    raise UserError(
        f"The run {run} was not released by {other.words}, whose last sign of life was {_ago(other.seen)} ago.",
        f"Check on {other.computer} whether it still trains. If it has ended, delete {run / HOLDER} and try again.",
        run,
    )


def _ago(seen: float) -> str:
    """The time since then in words, to the minute, hour or day."""
    minutes = max(0, round((time.time() - seen) / 60))
    for size, word in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size} {word}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def read_holder(run: Path) -> Holder | None:
    """The process that writes to a run, or that ended without releasing it; None if there is none or it is unknown."""
    file = run / HOLDER
    try:
        about = json_text.loads(file.read_text(encoding="utf-8"))
        own = int(about["process"]), str(about["computer"])
        return Holder(*own, file.stat().st_mtime, str(about.get("activity", "")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def holder(run: Path) -> str:
    """The process that writes to a run: “process 4711”, or “process 4711 on lab-3”; "" if it is unknown."""
    found = read_holder(run)
    return found.words if found is not None else ""


def is_here(process: str) -> bool:
    """True if the words that `holder` returned mean this process."""
    return process == Holder(os.getpid(), socket.gethostname()).words


def _is_mine(found: Holder) -> bool:
    return (found.process, found.computer) == (os.getpid(), socket.gethostname())
