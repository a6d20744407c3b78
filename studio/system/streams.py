"""Standard streams that no surrounding can break: closed, full, hung up, or set not to wait for their reader.

Used by the command as a process of its own, before anything else is imported.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from typing import Any, TextIO


class Patient(io.FileIO):
    """A file descriptor that is written to in full, also where it was set not to wait for a slow reader."""

    def write(self, data: Any) -> int:
        """Write a block; waits until some of it is taken."""
        written: int | None
        while (written := super().write(data)) is None:  # it would have to wait
            select.select([], [self.fileno()], [])
        return written


class Forgiving(Patient):
    """A file descriptor whose errors end nothing: progress that nobody can read must not stop a run."""

    def write(self, data: Any) -> int:
        """Write a block, or drop it where that fails."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def secure() -> None:
    """Replace the standard streams of this process; results that cannot be written stay errors."""
    _occupy()
    for name, descriptor, kind in (("stdout", 1, Patient), ("stderr", 2, Forgiving)):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif isinstance(stream, io.TextIOWrapper) and os.name == "posix":
            setattr(sys, name, _text(stream, kind(descriptor, "wb", closefd=False)))
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123


def _occupy() -> None:
    """Open the null device in place of closed standard streams.

    Else the next file that is opened takes their number, and what a library prints goes into a run's record.
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
        errors="backslashreplace",  # a terminal of another alphabet must not end a run
        line_buffering=old.line_buffering,
        write_through=old.write_through,
    )
