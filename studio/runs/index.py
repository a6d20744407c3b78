"""The list of runs on disk, with the state of each from its record and its lock.

If a record says “running” but no program holds the run's lock, the run was interrupted. A folder without a run, or with
one that cannot be read, is listed as unreadable, with the reason.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import stat
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import NamedTuple

from studio.evaluate.epochs.best_epoch import best_epoch, result_epoch
from studio.evaluate.epochs.run_figure import run_figure
from studio.events import Epoch, Event, RunsListed, RunSummary, Skipped, Stage
from studio.events.runs import Liveness
from studio.jobs.progress import Pace
from studio.runs import folder as runs
from studio.runs.files import description, lock, test_judgments
from studio.runs.files.record import RunRecord, unknown_words
from studio.spec import UserError
from studio.system import paths
from studio.system.names import command_word


def list_runs(folder: Path | None = None, also: Iterable[Path] = ()) -> Generator[Event, None, None]:
    """List the runs of a folder, newest first; yields progress, then `RunsListed`.

    Args:
        folder: A folder of runs, or the folder of one run; None for the user's runs.
        also: Folders of runs elsewhere, such as those of a project; those that are gone are left out.

    Raises:
        UserError: There is no such folder, or it cannot be listed.
    """
    yield Stage("runs", "Listing runs")
    place = (folder or paths.runs_folder()).absolute()
    summaries: list[RunSummary] = []
    unreadable: list[Skipped] = []
    candidates = _candidates(place, required=folder is not None)
    candidates += [run for run in dict.fromkeys(also) if run not in candidates and (run / runs.RUN).exists()]
    pace = Pace("runs", len(candidates), "folders")
    for number, run in enumerate(candidates, 1):
        if not (run / runs.RUN).exists():
            if not _is_about_to_begin(run):
                unreadable.append(Skipped(str(run), "holds no run"))
            continue
        try:
            summaries.append(summary(run))
        except UserError as fault:
            unreadable.append(Skipped(str(run), fault.title))
        if (progress := pace.at(number)) is not None:
            yield progress
    if candidates:
        yield pace.end(len(candidates))  # the last folders may have been read too soon after the last report
    summaries.sort(key=_start, reverse=True)
    yield RunsListed(str(place), tuple(summaries), tuple(unreadable))


def _is_about_to_begin(folder: Path) -> bool:
    """True if a folder is empty and named like that of a run, whose record may be about to be written."""
    try:
        return runs.is_named_by_time(folder) and not any(folder.iterdir())
    except OSError:
        return False


def _start(run: RunSummary) -> tuple[str, str]:
    """Sort key: time of the start, then path."""
    return run.started, run.path


def _candidates(place: Path, required: bool) -> list[Path]:
    try:
        if (place / runs.RUN).exists():
            return [place]
        return sorted(entry for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except FileNotFoundError:
        if not required:
            return []
        raise UserError(f"There is no folder {place}.", "Check the path.", place) from None
    except OSError as error:
        raise UserError(
            f"The folder {place} cannot be listed ({error.strerror or error}).", "Choose another folder.", place
        ) from error


def summary(run: Path) -> RunSummary:
    """Summarize a run for the list.

    Raises:
        UserError: There is no run, or its record cannot be read.
    """
    record = runs.read(run, only_known=False)
    state = _state(run, record)
    best, result = best_epoch(record.epochs, record.spec.train.result), _result(record)
    holder = _holder(run, state)
    report = record.report if result is not None and record.judged_epoch == result.epoch else None
    return RunSummary(
        path=str(run.absolute()),
        state=state,
        spec=record.spec,
        photos=record.photos,
        classes=0 if record.target else len(record.classes),
        epochs=len(record.epochs),
        figure=run_figure(result, report, record.val_photos),
        best_epoch=best.epoch if best is not None else 0,
        result_epoch=result.epoch if result is not None else 0,
        stopped_early=record.stopped_early,
        seconds=record.duration,
        started=record.started,
        checkpoint=_when(run / runs.CHECKPOINT),
        size=size(run),
        failure=record.failure.title if record.failure is not None and state == "failed" else "",
        holder=holder.words if holder is not None else "",
        activity=holder.activity if holder is not None else "",
        seen=_iso(holder.seen) if holder is not None else "",
        description=description.read(run),
        unknown=record.unknown,
        test_judgments=test_judgments.read(run),
    )


def _result(record: RunRecord) -> Epoch | None:
    return result_epoch(record.epochs, record.spec.train.result)


def _state(run: Path, record: RunRecord) -> Liveness:
    if record.status == "running":
        return "running" if lock.is_held(run) else "interrupted"
    return record.status


def _holder(run: Path, state: Liveness) -> lock.Holder | None:
    """The process that writes to a run, or one on another computer that ended or was lost without releasing it."""
    if state not in ("running", "interrupted"):
        return None
    found = lock.read_holder(run)
    return found if found is not None and (state == "running" or found.is_elsewhere) else None


def _when(file: Path) -> str:
    try:
        return _iso(file.stat().st_mtime)
    except OSError:
        return ""


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")


def size(run: Path) -> int:
    """Size of a folder in bytes."""
    total = 0
    for folder, _, names in os.walk(run):  # unlike `rglob`, does not fail if a folder is removed meanwhile
        for name in names:
            with contextlib.suppress(OSError):  # the file was replaced meanwhile
                status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
                total += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return total


class ResumeWords(NamedTuple):
    """Hints of the errors that prevent resuming a run, in the words of terminal, notebook or window.

    Attributes:
        shorter: Hint where the total is below the planned one; "{}" is an example of a total.
        larger: Hint where the total adds no epochs; "{}" is an example.
        extend: Hint where the run is done; "{}" is an example.
        data: Hint where the photos have moved; "{}" is the folder of the run.
        quote: Writes the folder of the run as part of a command.
    """

    shorter: str
    larger: str
    extend: str
    data: str
    quote: Callable[[str], str]


IN_TERMINAL = ResumeWords(
    "Resume it without --epochs, or with a larger total, for instance --epochs {}.",
    "Choose a larger total, for instance --epochs {}.",
    "Choose a larger total to extend it, for instance --epochs {}.",
    "Put them back, or name their current folder: thaw resume {} --data FOLDER",
    command_word,
)
IN_PYTHON = ResumeWords(
    "Resume it without epochs=, or with a larger total, for instance epochs={}.",
    "Choose a larger total, for instance epochs={}.",
    "Choose a larger total to extend it, for instance epochs={}.",
    "Put them back, or name their current folder: studio.resume({}, data=FOLDER)",
    repr,
)
IN_WINDOW = ResumeWords(
    "Press Resume to finish it, or choose more epochs in total, for instance {}.",
    "Choose more epochs in total, for instance {}.",
    "Another program may have finished it. Press Extend… to train more epochs, for instance {} in total.",
    "Put them back, or resume the run in a terminal: thaw resume {} --data FOLDER",
    command_word,
)


def require_resumable(run: Path, epochs: int | None = None, words: ResumeWords = IN_TERMINAL) -> RunSummary:
    """Check that a run can be resumed or extended, and return its summary.

    Args:
        run: Folder of the run.
        epochs: New value of `TrainSpec.epochs`; None for the planned one.
        words: Hints with the names of commands.

    Raises:
        UserError: There is no run, it has settings that are not known, it has all of its epochs, or there is no
            checkpoint to resume from.
    """
    stored = summary(run)
    if stored.unknown:
        raise UserError(*unknown_words(stored.unknown), run)
    planned, done = stored.spec.train.epochs, stored.state == "done"
    end = stored.epochs - stored.spec.train.head_epochs if stored.stopped_early else planned
    example = end * 2
    if epochs is not None and epochs < end and not done:
        raise UserError(
            f"The run {run} is planned for {end} epochs and cannot end after {epochs}.",
            words.shorter.format(example),
            run,
        )
    if epochs is not None and (epochs < end or (epochs == end and done)):
        raise UserError(
            f"The run {run} has {end} epochs already; {epochs} would add none.",
            words.larger.format(example),
            run,
        )
    if done and epochs is None:
        reason = (
            f"stopped early after {stored.epochs} epochs"
            if stored.stopped_early
            else f"has all of its {planned} epochs"
        )
        raise UserError(
            f"The run {run} is done: it {reason}.",
            words.extend.format(example),
            run,
        )
    if not stored.checkpoint and stored.epochs:
        raise UserError(
            f"There is no checkpoint in {run}, so the run cannot be resumed.",
            "Train again; features that are still in the cache are not computed again.",
            run,
        )
    return stored
