"""Standard streams that work even if they are closed, full, disconnected, or non-blocking.

The command replaces its streams by these before other imports.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from typing import Any, TextIO


class BlockingFile(io.FileIO):
    """Raw file that writes everything, even if the descriptor is non-blocking and its reader slow."""

    def write(self, data: Any) -> int:
        """Write a block; waits until a part of it is accepted."""
        count: int | None
        while (count := super().write(data)) is None:  # it would block
            select.select([], [self.fileno()], [])
        return count


class ErrorFreeFile(BlockingFile):
    """Raw file that ignores errors: progress that cannot be printed must not stop a run."""

    def write(self, data: Any) -> int:
        """Write a block, or drop it on an error."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def secure() -> None:
    """Replace the standard streams of this process; for results, write errors remain errors."""
    _occupy()
    for name, descriptor, kind in (("stdout", 1, BlockingFile), ("stderr", 2, ErrorFreeFile)):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif isinstance(stream, io.TextIOWrapper) and os.name == "posix":
            setattr(sys, name, _text(stream, kind(descriptor, "wb", closefd=False)))
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123


def _occupy() -> None:
    """Open the null device in place of closed standard streams.

    Otherwise the next opened file gets their number, and output of a library goes into a run's record.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)


def _text(old: io.TextIOWrapper, raw: io.FileIO) -> TextIO:
    with contextlib.suppress(OSError, ValueError):
        old.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=old.encoding,
        errors="backslashreplace",  # a character that the terminal lacks must not end a run
        line_buffering=old.line_buffering,
        write_through=old.write_through,
    )
