"""Locks between programs that write the same file."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""Errors of file systems without locks."""


@contextlib.contextmanager
def held(file: Path, patience: float) -> Iterator[None]:
    """Hold a lock; without effect on file systems that have no locks.

    Args:
        file: The lock file.
        patience: Seconds to wait for another program.

    Raises:
        Timeout: Another program holds it; an `OSError`.
        OSError: The file cannot be created.
    """
    lock = FileLock(file, timeout=patience)
    try:
        lock.acquire()
    except NotImplementedError:
        yield
        return
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        yield
        return
    try:
        yield
    finally:
        lock.release()
