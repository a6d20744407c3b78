"""The folder of a run: creates it, records a run in it, and reads its record.

`record_events` passes on the events of a run. Meanwhile it holds the run's lock, and a `Recorder` writes
`run.json`, `metrics.jsonl` with one line per epoch, and `predictions.csv` with the validation photos.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import itertools
import re
import tempfile
from collections.abc import Generator
from pathlib import Path

from studio.events import Cancelled, Event, Events, RunStarted, Saved
from studio.jobs.failures import failure
from studio.runs.files import end_note, lock, predictions_file, record_file
from studio.runs.files.lock import RunLock
from studio.runs.files.record import Ending, Failure, RunRecord, from_json
from studio.runs.files.signs_of_life import SignsOfLife
from studio.runs.recorder import METRICS, Recorder
from studio.spec import RunSpec, UserError
from studio.spec.network_file import title_of
from studio.spec.structs import replace
from studio.system import paths
from studio.system.failures import message_of
from studio.system.files import atomic_files, json_text

__all__ = [
    "CHECKPOINT", "METRICS", "PREDICTIONS", "RUN", "is_named_by_time", "new_folder", "read", "record_events",
    "remove_if_empty", "require_free",
]  # fmt: skip

RUN, PREDICTIONS = record_file.FILE, predictions_file.FILE

CHECKPOINT = "checkpoint.safetensors"
"""File name of the engine's checkpoint, for modules that must not import torch."""

NO_RUN_HINT = "It may have been moved or deleted. Choose another run; “thaw runs” lists them in a terminal."
"""Hint of the error about a run that is not there."""


def new_folder(spec: RunSpec, now: datetime.datetime | None = None) -> Path:
    """Create an empty folder for a run, named by time and backbone.

    The name is unique even if several processes begin runs in the same second.

    Raises:
        UserError: The folder cannot be created.
    """
    stamp = (now or datetime.datetime.now()).strftime("%Y-%m-%d_%H-%M-%S")
    name = f"{stamp}_{title_of(spec.backbone.name).replace('/', '_').replace(':', '_')}"
    root = paths.runs_folder()
    folder = root / name
    try:
        root.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(2):
            try:
                folder.mkdir()
            except FileExistsError:
                folder = root / f"{name}_{number}"
            else:
                break
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder.absolute()


def is_named_by_time(folder: Path) -> bool:
    """True if a folder has a name like those that `new_folder` gives."""
    return re.match(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_", folder.name) is not None


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of a run that never began, unless it has files."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def require_free(run: Path) -> None:
    """Check that a new run can be written to the folder `run`, without changing it.

    Raises:
        UserError: The folder is not empty, is a file, cannot be written, or another program writes a run to it.
    """
    if run.exists() and not run.is_dir():
        raise UserError(f"{run} is a file, not a folder.", "Choose another folder for the run.", run)
    if run.is_dir() and any(run.iterdir()) and not (_never_began(run) and not lock.is_held(run)):
        if lock.is_held(run):
            raise lock.busy_error(run)
        raise UserError(f"{run} is not empty.", "Choose a new folder for the run, so that nothing is overwritten.", run)
    existing = next(parent for parent in (run, *run.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise _unwritable(run, error) from error


def _unwritable(run: Path, error: OSError) -> UserError:
    return UserError(
        f"The run cannot be written to {run} ({error.strerror or error}).",
        "Make that folder writable, or choose another one (--out on the command line).",
        run,
    )


def record_events(
    events: Events, run: Path, resumed: bool = False, run_lock: RunLock | None = None
) -> Generator[Event, None, None]:
    """Yield the events of a run and write its record to `run`.

    The folder is created at `RunStarted`; an error before that leaves no files.

    Args:
        events: Events of the training.
        run: Folder of the run.
        resumed: True for a run that is resumed; the events of its past epochs come again before new ones.
        run_lock: The run's lock if the caller holds it and releases it; None to lock the run here.

    Raises:
        UserError: The folder is not empty, another program writes to it, it is gone or read-only, or its disk is full.
    """
    if resumed:
        recorder = Recorder(run, read(run))
    else:
        require_free(run)
        _clear_unused(run)
        recorder = Recorder(run)
    own_lock = None if run_lock is not None else RunLock(run)
    signs = SignsOfLife(run_lock or own_lock)
    try:
        if own_lock is not None and resumed:
            own_lock.take()
        if resumed:
            atomic_files.remove_temporary_files(run)
        for event in events:
            if own_lock is not None and isinstance(event, RunStarted):
                run.mkdir(parents=True, exist_ok=True)
                own_lock.take()
            recorder.take(event)
            signs.take(event)
            yield event
        recorder.end(Ending("done"))
    except BaseException as error:
        shown = _for_user(error, run) if recorder.started else error
        if not _end(recorder, shown) and (run / RUN).exists():
            shown = _with_missing_record_hint(shown)
        if shown is error:
            raise
        raise shown from error
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
        if own_lock is not None:
            own_lock.release()
    if recorder.started:
        yield Saved(str(run), "run")


def _end(recorder: Recorder, error: BaseException) -> bool:
    """Write why the run ended; returns False if that cannot be written."""
    why = Cancelled() if isinstance(error, GeneratorExit) else failure(error)
    if isinstance(why, Cancelled):
        return recorder.end(Ending("cancelled"))
    return recorder.end(Ending("failed", failure=Failure(why.title, why.hint, why.traceback)))


def _with_missing_record_hint(error: BaseException) -> BaseException:
    """The error, with a hint that lists will show the run as interrupted; stops and defects are returned as is."""
    if not isinstance(error, UserError | OSError):
        return error
    words = message_of(error)
    more = "The failure could not be recorded, so lists of runs show the run as interrupted."
    return UserError(words.title, f"{words.hint} {more}".strip(), words.file)


def _for_user(error: BaseException, run: Path) -> BaseException:
    """The error, or a `UserError` in its place if the run's folder is gone or read-only, or its disk is full."""
    if isinstance(error, UserError) or not isinstance(error, Exception):
        return error
    if not run.is_dir():
        return UserError(
            f"The run's folder {run} is gone: it was moved or deleted while the run was written to it.",
            "Train again, or put the folder back and resume the run.",
            run,
        )
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    file = getattr(error, "filename", None) if full else None
    if file and not Path(file).is_relative_to(run):
        why = failure(error)  # another disk is full, for example that of the cache
        return UserError(
            getattr(why, "title", str(error)),
            "What was finished is kept. Free some space, then resume the run.",
            file,
        )
    # Errors of safetensors have no errno.
    if full or "No space left on device" in str(error) or "os error 28" in str(error):
        hint = "What was finished is kept. Free some space, then resume the run."
        return UserError(
            f"The disk is full: the run {run} could not be written.",
            hint if (run / RUN).exists() else "Free some space, then train again.",
            run,
        )
    if isinstance(error, OSError) and error.errno in lock.READ_ONLY and _concerns(error, run):
        return UserError(
            f"The run {run} can no longer be written ({error.strerror or error}).",
            "What was finished is kept. Make its folder writable again, then resume the run.",
            run,
        )
    return error


def _concerns(error: OSError, run: Path) -> bool:
    return isinstance(error.filename, str) and Path(error.filename).is_relative_to(run)


def folder_of(run: Path) -> Path:
    """The folder of a run, from the folder itself or the path of its `run.json`."""
    return run.parent if run.name == RUN and run.is_file() else run


def read(run: Path, only_known: bool = True) -> RunRecord:
    """Read the record of a run.

    Args:
        run: Folder of the run, or its `run.json`.
        only_known: False for a record that is only shown: it may have settings that this version does not know.

    Raises:
        UserError: There is no record, it cannot be read, or it has settings that are not known.
    """
    file = run / RUN if run.is_dir() else run
    try:
        return _record(file, only_known)
    except FileNotFoundError as error:
        if _never_began(run):
            raise UserError(
                f"The run in {run} ended before its record began: nothing was trained.",
                "Start it again; you may use the same folder.",
                run,
            ) from error
        raise UserError(f"There is no run in {run}.", NO_RUN_HINT, run) from error
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):  # after a power cut; the backup is a few seconds older
            return _record(atomic_files.backup_path(file), only_known)
        title = f"{file} cannot be read as a run ({error})."
        raise UserError(title, "Restore a copy of it, or choose another run.", file) from error


def _record(file: Path, only_known: bool) -> RunRecord:
    record = from_json(json_text.loads(file.read_text(encoding="utf-8")), file, only_known)
    ending = end_note.read(file.parent) if record.status == "running" else None
    if ending is None:
        return record
    return replace(record, status=ending.status, ended=ending.ended, failure=ending.failure)


def _never_began(run: Path) -> bool:
    """True for the folder of a run that was killed before its record was written."""
    try:
        names = {file.name: file.stat().st_size for file in run.iterdir() if file.name[0] != "."}
        return (run / lock.LOCK).exists() and names in ({}, {METRICS: 0})
    except OSError:
        return False


def _clear_unused(run: Path) -> None:
    """Empty the folder of a run that never began."""
    # Done now, not when the new run starts, because two runs may start at the same time.
    if _never_began(run) and not lock.is_held(run):
        atomic_files.remove_temporary_files(run)
        (run / METRICS).unlink(missing_ok=True)
