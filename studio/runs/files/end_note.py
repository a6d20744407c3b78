"""The note of how a run ended, written when its record can no longer be written.

On a full disk, or in a folder that became read-only or was moved away, no file can be created, but an open file can be
overwritten. So a small file is filled with spaces when the run begins, and stays open.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from studio.runs.files.record import Ending, Failure
from studio.spec.encoding import conversion
from studio.spec.structs import replace

FILE = ".end.json"

SIZE = 4096
"""Size of the file in bytes: one block of most file systems, so that it is never written in part."""

MAX_CHARACTERS = 300
"""Maximum length of a title or a hint in the note; a character may take six bytes."""


class EndNote:
    """The note of one run; `reserve` it when the run begins, `write` or `remove` it at the end."""

    def __init__(self, run: Path) -> None:
        self._file = run / FILE
        self._handle: int | None = None

    def reserve(self) -> None:
        """Create and fill the file; if that fails, there will be no note."""
        self.close()
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self._file, flags, 0o666)
            reserved = self._overwrite(b"")
        except OSError:
            reserved = False
        if not reserved:
            self.remove()

    def write(self, ending: Ending) -> bool:
        """Write how the run ended, without a traceback; returns False if that fails."""
        if ending.failure is not None:
            short = Failure(_shorten(ending.failure.title), _shorten(ending.failure.hint))
            ending = replace(ending, failure=short)
        try:
            return self._overwrite(msgspec.json.encode(ending))
        except OSError:
            return False

    def remove(self) -> None:
        """Close and delete the file, because the record was written."""
        self.close()
        with contextlib.suppress(OSError):
            self._file.unlink()

    def close(self) -> None:
        """Close the file without changing it."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                os.close(handle)

    def _overwrite(self, content: bytes) -> bool:
        if self._handle is None:
            return False
        os.lseek(self._handle, 0, os.SEEK_SET)
        complete = os.write(self._handle, content.ljust(SIZE)) == SIZE
        if content:
            with contextlib.suppress(OSError):  # some file systems do not support fsync
                os.fsync(self._handle)
        return complete


def read(run: Path) -> Ending | None:
    """Read the end of a run whose record still says “running”; None if there is no note."""
    try:
        ending = conversion.decode((run / FILE).read_bytes(), Ending)
    except (OSError, ValueError):
        return None
    return ending if ending.status in ("cancelled", "failed") else None


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"
