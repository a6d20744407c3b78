"""The folder of a run: makes it, records a training in it, and reads its record.

`recorded` passes on the events of a training. Meanwhile it holds the run's lock, and a `Recorder` writes `run.json`,
`metrics.jsonl` with a line an epoch and `predictions.csv` with the validation photos. The record of a run that fails or
is stopped says so; when the run goes on, so does its record.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import itertools
import json
import re
import tempfile
from collections.abc import Generator
from pathlib import Path

from studio.events import Cancelled, Event, Events, RunStarted, Saved
from studio.jobs.failures import failure
from studio.runs import end_note, lock, predictions_file, record_file
from studio.runs.lock import RunLock
from studio.runs.record import Ending, Failure, RunRecord, from_json
from studio.runs.recorder import METRICS, Recorder
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace
from studio.system import atomic_files, paths
from studio.system.failures import in_words

__all__ = [
    "CHECKPOINT", "METRICS", "PREDICTIONS", "RUN", "give_back", "is_named_by_time", "new_folder", "read", "recorded",
    "require_free",
]  # fmt: skip

RUN, PREDICTIONS = record_file.FILE, predictions_file.FILE

CHECKPOINT = "checkpoint.safetensors"
"""The engine's file to resume from; named here for modules that must not import torch."""

GONE = "It may have been moved or deleted. Choose another run; “thaw runs” lists them in a terminal."
"""The hint where there is no run, in the window as in a terminal."""


def new_folder(spec: RunSpec, now: datetime.datetime | None = None) -> Path:
    """Make an empty folder for a run, named by time and backbone.

    No other run gets the same folder, also where programs begin runs in the same second.

    Raises:
        UserError: It cannot be made.
    """
    stamp = (now or datetime.datetime.now()).strftime("%Y-%m-%d_%H-%M-%S")
    name = f"{stamp}_{spec.backbone.name.replace('/', '_')}"
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
    """True for a name as `new_folder` gives it."""
    return re.match(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_", folder.name) is not None


def give_back(folder: Path) -> None:
    """Remove the folder of a run that never began; a folder with files stays."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def require_free(run: Path) -> None:
    """Make sure that a run may be written to `run`; changes nothing on the disk.

    Raises:
        UserError: It holds something already, or cannot be written.
    """
    if run.exists() and not run.is_dir():
        raise UserError(f"{run} is a file, not a folder.", "Give another folder for the run.", run)
    if run.is_dir() and any(run.iterdir()) and not (_never_began(run) and not lock.is_held(run)):
        if lock.is_held(run):
            raise lock.busy_error(run)
        raise UserError(f"{run} is not empty.", "Give a new folder for the run, so that nothing is overwritten.", run)
    existing = next(parent for parent in (run, *run.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise _unwritable(run, error) from error


def _unwritable(run: Path, error: OSError) -> UserError:
    return UserError(
        f"The run cannot be written to {run} ({error.strerror or error}).",
        "Give a folder that you may write to (in the terminal --out).",
        run,
    )


def recorded(
    events: Events, run: Path, go_on: bool = False, held: RunLock | None = None
) -> Generator[Event, None, None]:
    """Pass on the events of a training and keep its record in `run`.

    The folder is made when the run starts; an error before that leaves no files.

    Args:
        events: Events of the training.
        run: Its folder.
        go_on: True for a run on disk that is resumed; the events of its past epochs come again before new ones.
        held: The run's lock where the caller holds it, who also releases it.

    Raises:
        UserError: The folder is not free, another program writes to it, it is gone, or its disk is full.
    """
    if go_on:
        recorder = Recorder(run, read(run))
    else:
        require_free(run)
        _clear_beginning(run)
        recorder = Recorder(run)
    own = None if held is not None else RunLock(run)
    try:
        if own is not None and go_on:
            own.take()
        if go_on:
            atomic_files.remove_temporary_files(run)
        for event in events:
            if own is not None and isinstance(event, RunStarted):
                run.mkdir(parents=True, exist_ok=True)
                own.take()
            recorder.take(event)
            yield event
        recorder.end(Ending("done"))
    except BaseException as error:
        shown = _for_user(error, run) if recorder.started else error
        if not _end(recorder, shown) and (run / RUN).exists():
            shown = _unrecorded(shown)
        if shown is error:
            raise
        raise shown from error
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
        if own is not None:
            own.release()
    if recorder.started:
        yield Saved(str(run), "run")


def _end(recorder: Recorder, error: BaseException) -> bool:
    """Write why the run ended; False where that could not be written."""
    why = Cancelled() if isinstance(error, GeneratorExit) else failure(error)
    if isinstance(why, Cancelled):
        return recorder.end(Ending("cancelled"))
    return recorder.end(Ending("failed", failure=Failure(why.title, why.hint, why.traceback)))


def _unrecorded(error: BaseException) -> BaseException:
    """The error with a hint at what lists of runs will show; a stop and a defect as they are."""
    if not isinstance(error, UserError | OSError):
        return error
    words = in_words(error)
    more = "That it failed could not be written down, so lists of runs show it as interrupted."
    return UserError(words.title, f"{words.hint} {more}".strip(), words.file)


def _for_user(error: BaseException, run: Path) -> BaseException:
    """The error, or a `UserError` in its place where the run's folder is gone, read-only, or its disk full."""
    if isinstance(error, UserError) or not isinstance(error, Exception):
        return error
    if not run.is_dir():
        return UserError(
            f"The run's folder {run} is gone: it was moved or deleted while the run was written to it.",
            "Train again, or put the folder back and go on with it.",
            run,
        )
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    file = getattr(error, "filename", None) if full else None
    if file and not Path(file).is_relative_to(run):
        why = failure(error)  # the disk of the cache, say
        return UserError(
            getattr(why, "title", str(error)),
            "What was finished is kept. Free some space, then resume the run.",
            file,
        )
    # safetensors names a full disk in its text only.
    if full or "No space left on device" in str(error) or "os error 28" in str(error):
        hint = "What was finished is kept. Free some space, then go on with the run."
        return UserError(
            f"The disk is full: the run {run} could not be written.",
            hint if (run / RUN).exists() else "Free some space, then train again.",
            run,
        )
    if isinstance(error, OSError) and error.errno in lock.READ_ONLY and _concerns(error, run):
        return UserError(
            f"The run {run} cannot be written any more ({error.strerror}).",
            "What was finished is kept. Make its folder writable again, then go on with the run.",
            run,
        )
    return error


def _concerns(error: OSError, run: Path) -> bool:
    return isinstance(error.filename, str) and Path(error.filename).is_relative_to(run)


def read(run: Path) -> RunRecord:
    """The record of a run.

    Args:
        run: Its folder, or its `run.json`.

    Raises:
        UserError: There is none, or it cannot be read.
    """
    file = run / RUN if run.is_dir() else run
    try:
        return _record(file)
    except FileNotFoundError as error:
        if _never_began(run):
            raise UserError(
                f"The run in {run} ended before its record began: nothing of it was trained.",
                "Start it again as you did, into the same folder if you like.",
                run,
            ) from error
        raise UserError(f"There is no run in {run}.", GONE, run) from error
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):  # a power cut took the newest; the one before is seconds older
            return _record(atomic_files.backup_path(file))
        what = f"{file} cannot be read as a run ({error})."
        raise UserError(what, "Put back a copy of it, or choose another run.", file) from error


def _record(file: Path) -> RunRecord:
    record = from_json(json.loads(file.read_text(encoding="utf-8")), file)
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


def _clear_beginning(run: Path) -> None:
    """Empty the folder of a run that never began."""
    # Now, and not when the new run starts: two may start at once.
    if _never_began(run) and not lock.is_held(run):
        atomic_files.remove_temporary_files(run)
        (run / METRICS).unlink(missing_ok=True)
