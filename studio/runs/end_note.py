"""A note of how a run ended, for the case that its record cannot be written any more.

On a full disk, in a folder that became read-only or was moved away no file can be made, but one that is open can be
written to where its room is taken already. So a small file is filled with blanks when the run begins, and kept open.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

FILE = ".end.json"

ROOM = 4096
"""Bytes of the file: a block of most file systems, so that it is written whole or not at all."""

LONGEST = 300
"""Characters of a sentence that are kept; each may take six bytes."""

ENDS = ("cancelled", "failed")


class EndNote:
    """The note of one run: `reserve` its room when the run begins, at its end `write` or `remove` it."""

    def __init__(self, run: Path) -> None:
        self._file = run / FILE
        self._handle: int | None = None

    def reserve(self) -> None:
        """Take the room; where that fails there is no note."""
        self.close()
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self._file, flags, 0o666)
            reserved = self._put(b"")
        except OSError:
            reserved = False
        if not reserved:
            self.remove()

    def write(self, status: str, ended: str, failure: dict[str, str] | None) -> bool:
        """Write how the run ended, without a traceback; False where even that fails."""
        note: dict[str, Any] = {"status": status, "ended": ended}
        if failure is not None:
            note["failure"] = {key: _shortened(failure.get(key, "")) for key in ("title", "hint")}
        try:
            return self._put(json.dumps(note).encode())
        except OSError:
            return False

    def remove(self) -> None:
        """Give the room back: the record says it all."""
        self.close()
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the file as it is."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                os.close(handle)

    def _put(self, content: bytes) -> bool:
        if self._handle is None:
            return False
        os.lseek(self._handle, 0, os.SEEK_SET)
        whole = os.write(self._handle, content.ljust(ROOM)) == ROOM
        if content:
            with contextlib.suppress(OSError):  # some file systems know no waiting for the disk
                os.fsync(self._handle)
        return whole


def read(run: Path) -> dict[str, Any]:
    """What completes a record that still says “running”; nothing where the run left no note."""
    try:
        found = json.loads((run / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or found.get("status") not in ENDS:
        return {}
    failure = found.get("failure")
    known = {"status": found["status"], "ended": str(found.get("ended", ""))}
    if isinstance(failure, dict):
        known["failure"] = {key: str(failure.get(key, "")) for key in ("title", "hint")} | {"traceback": ""}
    return known


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
