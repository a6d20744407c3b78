"""The note of how a run ended, for the case that its record cannot be written any more.

On a full disk, or in a folder that became read-only or was moved away, no file can be made, but an open file can be
overwritten. So a small file is filled with blanks when the run begins, and stays open.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from studio.runs.record import Ending, Failure
from studio.spec.structs import replace

FILE = ".end.json"

ROOM = 4096
"""Bytes of the file: a block of most file systems, so that it is written whole or not at all."""

LONGEST = 300
"""Characters of a title or a hint that the note holds; each may take six bytes."""


class EndNote:
    """The note of one run: `reserve` it when the run begins, `write` or `remove` it at the end."""

    def __init__(self, run: Path) -> None:
        self._file = run / FILE
        self._handle: int | None = None

    def reserve(self) -> None:
        """Take the room on the disk; where that fails there is no note."""
        self.close()
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self._file, flags, 0o666)
            reserved = self._put(b"")
        except OSError:
            reserved = False
        if not reserved:
            self.remove()

    def write(self, ending: Ending) -> bool:
        """Write how the run ended, without a traceback; False where even that fails."""
        if ending.failure is not None:
            short = Failure(_shortened(ending.failure.title), _shortened(ending.failure.hint))
            ending = replace(ending, failure=short)
        try:
            return self._put(msgspec.json.encode(ending))
        except OSError:
            return False

    def remove(self) -> None:
        """Delete the file, because the record was written."""
        self.close()
        with contextlib.suppress(OSError):
            self._file.unlink()

    def close(self) -> None:
        """Close the file and leave it as it is."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                os.close(handle)

    def _put(self, content: bytes) -> bool:
        if self._handle is None:
            return False
        os.lseek(self._handle, 0, os.SEEK_SET)
        complete = os.write(self._handle, content.ljust(ROOM)) == ROOM
        if content:
            with contextlib.suppress(OSError):  # some file systems cannot wait for the disk
                os.fsync(self._handle)
        return complete


def read(run: Path) -> Ending | None:
    """The end of a run whose record still says “running”; None where it left no note."""
    try:
        ending = msgspec.json.decode((run / FILE).read_bytes(), type=Ending)
    except (OSError, ValueError):
        return None
    return ending if ending.status in ("cancelled", "failed") else None


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
