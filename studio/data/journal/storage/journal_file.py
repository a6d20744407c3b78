"""Reader and writer of the file of a journal: lines are appended under a lock and never changed.

Each line is written and synced before the program says that it was done. So only the last line can be incomplete, after
a crash or a power failure; nothing was said about it, and the next writer removes it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from filelock import Timeout

from studio.data.journal.entries import VERSION, Header, Line
from studio.data.journal.history import History
from studio.spec import UserError
from studio.system.files import atomic_files, file_locks

FILE = "journal.jsonl"
LOCK = "lock"
PATIENCE = 10.0
"""Seconds to wait for another program that writes to the same journal."""


_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class JournalFile:
    """The file of one journal. Only lines that were added since the last access are read.

    Args:
        path: The file; it and its folder may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._history = History()
        self._size = 0  # of the lines that were read
        self._identity = 0

    def history(self) -> History:
        """The history in the file; an empty one where there is no file.

        Raises:
            UserError: The file cannot be read, is damaged, or was written by a newer version.
        """
        try:
            self._read()
        except OSError as error:
            raise _unreadable(self.path, error.strerror or str(error)) from error
        return self._history

    def lines(self) -> list[Line]:
        """All complete lines of the file, the undone entries among them.

        Raises:
            UserError: See `history`.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self.path, error.strerror or str(error)) from error
        return JournalFile(self.path)._lines(data[: data.rfind(b"\n") + 1])

    def append(self, make: Callable[[History], Sequence[Line]]) -> History:
        """Append lines, and wait until they are on the disk.

        Args:
            make: Returns the lines for the history in the file, to which another program may just have written.

        Returns:
            The new history.

        Raises:
            UserError: The file cannot be read or written; it was not changed.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with file_locks.held(self.path.parent / LOCK, PATIENCE):
                self._read()
                return self._append(make(self._history))
        except Timeout as error:
            raise UserError(
                f"Another program has been writing to the journal {self.path} for {PATIENCE:g} seconds.",
                "Close it, then try again.",
                self.path,
            ) from error
        except OSError as error:
            raise UserError(
                f"The journal {self.path} cannot be written ({error.strerror or error}); nothing was changed.",
                "Free some space, or make its folder writable.",
                self.path,
            ) from error

    def _read(self) -> None:
        """Read the lines that were added.

        Raises:
            OSError, UserError: See `history`.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._history, self._size, self._identity = History(), 0, 0
            return
        if status.st_ino != self._identity or status.st_size < self._size:  # it was replaced
            self._history, self._size, self._identity = History(), 0, status.st_ino
        if status.st_size == self._size:
            return
        with self.path.open("rb") as opened:
            opened.seek(self._size)
            data = opened.read()
        complete = data[: data.rfind(b"\n") + 1]
        self._history = self._after(self._lines(complete))
        self._size += len(complete)

    def _append(self, lines: Sequence[Line]) -> History:
        after = self._after(lines)
        is_new = self._size == 0
        header = [Header(VERSION)] if is_new else []
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in (*header, *lines))
        # Without a buffer: closing the file would write the rest of one after the error, as a line without its start.
        with self.path.open("ab", buffering=0) as out:
            out.truncate(self._size)  # an incomplete line
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[out.write(rest) :]
                _sync(out.fileno())
            except OSError:  # a full disk: no part of a line stays
                os.truncate(self.path, self._size)
                raise
        if is_new:
            atomic_files.fsync_all(self.path)  # its name, too
        self._history, self._size, self._identity = after, self._size + len(data), self.path.stat().st_ino
        return after

    def _after(self, lines: Sequence[Line]) -> History:
        try:
            return self._history.after(lines)
        except ValueError as error:
            raise _damaged(self.path, str(error)) from error

    def _lines(self, data: bytes) -> list[Line]:
        lines: list[Line] = []
        for number, text in enumerate(data.splitlines(), 1):
            try:
                line = _DECODER.decode(text)
            except msgspec.DecodeError as error:
                if self._size == 0 and number == 1 and _is_newer(text):
                    raise _newer(self.path) from error
                where = f"line {number}" if self._size == 0 else f"line {number} after byte {self._size}"
                raise _damaged(self.path, f"{where}: {error}") from error
            if isinstance(line, Header) and line.version > VERSION:
                raise _newer(self.path)
            lines.append(line)
        return lines


def _is_newer(text: bytes) -> bool:
    try:
        version = msgspec.json.decode(text)["version"]
        return isinstance(version, int) and version > VERSION
    except (msgspec.DecodeError, KeyError, TypeError):
        return False


def _newer(file: Path) -> UserError:
    return UserError(
        f"The journal {file} was written by a newer version of Thaw Studio.", "Update the program to use it.", file
    )


def _damaged(file: Path, reason: str) -> UserError:
    return _unreadable(file, f"it is damaged, {reason}")


def _unreadable(file: Path, reason: str) -> UserError:
    # Not to be ignored: photos that the user excluded would be trained on.
    return UserError(
        f"The journal {file} cannot be read: {reason}.",
        "Restore a copy of it; or rename it, to start without your choices.",
        file,
    )


def _sync(handle: int) -> None:
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in atomic_files.CANNOT_SYNC:
            raise
