"""Environment of the process: adds a home folder and a user name if they are missing; checks the memory limit."""

from __future__ import annotations

import contextlib
import importlib
import mmap
import os
import threading
import warnings
from typing import Any

from studio.spec import UserError
from studio.system import paths, preferences

MIN_FREE = 144 << 20
"""Bytes that must be free to load numpy."""

SMALL_LIMIT = 4 << 30
"""Bytes of address space below which OpenBLAS gets one thread."""


def complete() -> None:
    """Complete the environment of this process; called once, before libraries are imported."""
    if not _has_home():
        with contextlib.suppress(UserError):  # only a command that needs a folder must report this
            os.environ["HOME"] = str(paths.spare_folder())
    if not _has_name():
        os.environ["USER"] = f"user-{os.getuid()}"
    if threads := preferences.value("threads"):
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # torch and OpenBLAS read it when they are imported
    # `PYTHONWARNINGS=error` is meant for the user's own programs; here it would break imports of libraries.
    filters: Any = warnings.filters
    filters[:] = [("default", *rest) if action == "error" else (action, *rest) for action, *rest in filters]


def require_room() -> None:
    """Check that libraries can be loaded: without enough memory OpenBLAS ends or interrupts the process.

    Raises:
        UserError: The system allows too little memory or too few threads.
    """
    if 0 < _memory_limit() < SMALL_LIMIT:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread needs a buffer
    require_memory("to start")
    importlib.import_module("hashlib")  # later, near the limit, it would log a traceback and lack an algorithm
    together = threading.Barrier(min(os.cpu_count() or 1, 32) + 1)
    threads = [threading.Thread(target=_meet, args=(together,), daemon=True) for _ in range(together.parties - 1)]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError as error:
        together.abort()
        raise UserError(
            "The system allows no more threads.", "Close other programs, or raise the limit on processes (ulimit -u)."
        ) from error
    _meet(together)


def require_memory(purpose: str) -> None:
    """Check that the memory limit is high enough to load a library.

    Without enough memory, libraries fail with unrelated messages, or load partially without an error.

    Args:
        purpose: Completes the sentence of the error, as in “to start”.

    Raises:
        UserError: The limit is too low.
    """
    limit = _memory_limit()
    if not limit:
        return
    try:
        mmap.mmap(-1, MIN_FREE).close()
    except OSError as error:
        raise UserError(
            f"The memory limit of {limit / 1e6:,.0f} MB (ulimit -v) is too low {purpose}.", "Raise the limit."
        ) from error


def _meet(together: threading.Barrier) -> None:
    with contextlib.suppress(threading.BrokenBarrierError):
        together.wait()


def _memory_limit() -> int:
    """Address space limit of the process in bytes; 0 if there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return 0 if limit == resource.RLIM_INFINITY else limit


def _has_home() -> bool:
    """True if the user has a home folder, existing or not, that this process may enter."""
    home = os.path.expanduser("~")  # noqa: PTH111  # pathlib raises where there is none
    try:
        os.stat(home)  # noqa: PTH116
    except FileNotFoundError:
        pass
    except OSError:  # for instance another user's, in a container that runs under an arbitrary user ID
        return False
    else:
        return os.path.isabs(home) and os.access(home, os.X_OK)  # noqa: PTH117
    return os.path.isabs(home)  # noqa: PTH117


def _has_name() -> bool:
    if os.name != "posix" or any(os.environ.get(name) for name in ("LOGNAME", "USER", "LNAME", "USERNAME")):
        return True
    import pwd

    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    return True
