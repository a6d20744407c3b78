"""The queue of the terminal, in a file that several processes read and change.

It is beside the queues of the windows, but apart from them: a window offers what another window left when it ended and
then removes its file, while a run stays in this queue until it is complete. The process that trains them holds the
lock of the folder; each change of the file is made under a second lock, held for a moment.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from filelock import Timeout

from studio.runs.batches.queue_lines import moved
from studio.runs.files import lock
from studio.runs.files.lock import RunLock
from studio.spec import RunSpec, UserError
from studio.spec.encoding import conversion
from studio.spec.encoding.serialization import run_spec_from_json, to_json
from studio.spec.structs import asdict, replace
from studio.system import paths
from studio.system.files import atomic_files, file_locks

FOLDER, FILE, EDIT_LOCK = "terminal", "queue.json", ".edit.lock"
VERSION = 1

EDIT_SECONDS = 20.0
"""Longest wait in seconds for another process that changes the queue, which takes milliseconds."""


class QueuedRun(msgspec.Struct, frozen=True):
    """A run in the queue.

    Attributes:
        number: Its number, which no earlier run of the queue had.
        spec: All its settings.
        added: Time at which it was added, ISO 8601 in UTC.
        out: Folder that the user chose for the run; "" for a new one among the user's runs.
        run: Folder of the run once it has begun; "" before.
        failure: Why it last failed, one sentence; "" otherwise.
    """

    number: int
    spec: RunSpec
    added: str = ""
    out: str = ""
    run: str = ""
    failure: str = ""


class QueueContent(msgspec.Struct, frozen=True):
    """The queue.

    Attributes:
        runs: The runs, the next one first.
        last: The highest number so far.
        stop: True after a request to stop, until the process that runs the queue has ended.
    """

    runs: tuple[QueuedRun, ...] = ()
    last: int = 0
    stop: bool = False


class _Document(msgspec.Struct, frozen=True):
    """The content of the file."""

    version: int = VERSION
    last: int = 0
    stop: bool = False
    runs: tuple[dict[str, Any], ...] = msgspec.field(name="trainings", default=())  # the key of earlier versions


class RunQueue:
    """The queue in a folder (None: the user's own)."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.queues_folder() / FOLDER

    @property
    def file(self) -> Path:
        """Path of the file of the queue."""
        return self.folder / FILE

    def read(self) -> QueueContent:
        """The queue as it is now; an empty one where there is no file.

        Raises:
            UserError: The file cannot be read, or a newer version wrote it.
        """
        try:
            document = conversion.decode(self.file.read_bytes(), _Document)
            if document.version > VERSION:
                title = f"{self.file} was written by a newer version of Thaw Studio (format {document.version})."
                raise UserError(title, "Update the program to use this queue.", self.file)
            rows = tuple(
                conversion.convert({**one, "spec": run_spec_from_json(one["spec"])}, QueuedRun) for one in document.runs
            )
            return QueueContent(rows, document.last, document.stop)
        except FileNotFoundError:
            return QueueContent()
        except (OSError, ValueError, KeyError, TypeError, UserError) as error:
            if isinstance(error, UserError) and error.file:
                raise
            title = f"{self.file} cannot be read as a queue ({error})."
            raise UserError(title, "Move it away to begin with an empty queue.", self.file) from error

    def change(self, changed: Callable[[QueueContent], QueueContent]) -> QueueContent:
        """Apply a function to the queue, store the result and return it.

        Raises:
            UserError: The file cannot be read or written, a path is not valid text, or another process does not
                release the file.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._editing():
                before = self.read()
                after = changed(before)
                if after != before:
                    self._write(after)
                return after
        except UnicodeEncodeError as error:
            title = f"A path of the run is not valid text ({error})."
            raise UserError(title, "Rename that folder or file.", self.file) from error
        except OSError as error:
            title = f"The queue cannot be written to {self.file} ({error.strerror or error})."
            raise UserError(title, "Make its folder writable, or free some space.", self.file) from error

    def add(self, spec: RunSpec, out: Path | None = None) -> QueuedRun:
        """Add a run at the end."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

        def added(content: QueueContent) -> QueueContent:
            number = content.last + 1
            training = QueuedRun(number, spec, now, str(out.absolute()) if out is not None else "")
            return replace(content, runs=(*content.runs, training), last=number)

        return self.change(added).runs[-1]

    def update(self, number: int, **changes: Any) -> QueuedRun | None:
        """Change fields of a run; returns None where it is no longer in the queue."""

        def updated(content: QueueContent) -> QueueContent:
            rows = (replace(one, **changes) if one.number == number else one for one in content.runs)
            return replace(content, runs=tuple(rows))

        return next((one for one in self.change(updated).runs if one.number == number), None)

    def remove(self, numbers: set[int]) -> None:
        """Remove runs from the queue; their folders stay."""
        self.change(
            lambda content: replace(content, runs=tuple(one for one in content.runs if one.number not in numbers))
        )

    def move(self, number: int, place: int) -> QueueContent:
        """Move a run to a position (0: the next one); nothing changes where it is no longer in the queue.

        A run in progress goes on; one that is moved before it begins after it.
        """
        return self.change(lambda content: replace(content, runs=moved(content.runs, number, place)))

    def request_stop(self, stop: bool) -> None:
        """Ask the process that runs the queue to stop, or withdraw that request."""
        self.change(lambda content: replace(content, stop=stop))

    @property
    def is_running(self) -> bool:
        """True while a process runs the queue."""
        return lock.is_held(self.folder)

    @property
    def worker(self) -> str:
        """The process that runs the queue: “process 4711”; "" where it is unknown."""
        return lock.holder(self.folder)

    @contextlib.contextmanager
    def running_here(self) -> Iterator[None]:
        """Hold the lock of the process that runs the queue.

        Raises:
            UserError: Another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.is_running:
            title = f"The queue is running already, in {self.worker or 'another process'}."
            raise UserError(title, "Trainings added now run there, too; “thaw queue stop” stops it.", self.folder)
        with RunLock(self.folder):
            yield

    @contextlib.contextmanager
    def _editing(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(file_locks.held(self.folder / EDIT_LOCK, EDIT_SECONDS))
            except Timeout as error:
                title = f"Another process has held the queue {self.file} for {EDIT_SECONDS:.0f} seconds."
                raise UserError(title, "Try again; if that does not help, end that process.", self.file) from error
            yield

    def _write(self, content: QueueContent) -> None:
        rows = [{**asdict(one), "spec": to_json(one.spec)} for one in content.runs]
        document = {"version": VERSION, "last": content.last, "stop": content.stop, "trainings": rows}
        atomic_files.write_json(self.file, document, sync=True)
