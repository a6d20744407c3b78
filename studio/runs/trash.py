"""The trash of a folder of runs: runs are moved there, and back, in one step each.

It is the folder `.trash` beside the runs, on the same disk, with one folder per removed run, named after the time of
the removal: `.trash/2026-11-26_07-30-00/NAME`. So the former path of a run follows from where it lies, and nothing is
added to the run or changed in it.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
import re
import shutil
from pathlib import Path

from studio.events.runs import TrashedRun
from studio.formatting import run_names
from studio.runs import folder, index
from studio.runs.files import description, lock
from studio.spec import UserError

FOLDER = ".trash"
STAMP = "%Y-%m-%d_%H-%M-%S"


def discard(run: Path, now: datetime.datetime | None = None) -> TrashedRun:
    """Move a run to the trash.

    Args:
        run: Folder of the run.
        now: Time of the removal; None for the current time.

    Raises:
        UserError: The folder is not a run, a program is writing to it, it is in the trash, or it cannot be moved.
    """
    run = Path(os.path.abspath(run))  # noqa: PTH100  # not `resolve`: a link to a run is removed, not the run
    folder.read(run, only_known=False)  # refuses a folder that is not a run: nothing else may be removed
    if run.parent.parent.name == FOLDER:
        raise UserError(f"The run {run} is in the trash already.", "“thaw runs --restore RUN” puts it back.", run)
    try:
        with lock.reserved(run):
            place = _new_place(run.parent / FOLDER, now or datetime.datetime.now(datetime.UTC))
            try:
                run.rename(place / run.name)
            except OSError:
                _remove_empty(place)
                raise
    except OSError as error:
        raise UserError(
            f"The run {run} cannot be moved to the trash ({error.strerror or error}).",
            "Make its folder and the one above it writable.",
            run,
        ) from error
    return _trashed(place / run.name)


def listing(runs: Path) -> tuple[TrashedRun, ...]:
    """The runs in the trash of a folder of runs, the last removed one first."""
    try:
        places = sorted((runs.absolute() / FOLDER).iterdir(), key=_age, reverse=True)
    except OSError:
        return ()
    entries = (entry for place in places if _is_place(place) for entry in _entries(place))
    return tuple(_trashed(entry) for entry in entries)


def find(runs: Path, run: str) -> TrashedRun:
    """The run in the trash with this name, title, former path or current path.

    Args:
        runs: Folder of runs in whose trash to look; if `run` is a path, the trash beside it is searched, too.
        run: Name, title or path. Of several runs with the same name, the one removed last is meant.

    Raises:
        UserError: There is no such run in the trash.
    """
    path = Path(os.path.abspath(run))  # noqa: PTH100
    home = path.parent.parent.parent if path.parent.parent.name == FOLDER else path.parent
    both = sorted(dict.fromkeys((*listing(runs), *listing(home))), key=lambda one: one.trashed, reverse=True)
    for trashed in both:
        if str(path) in (trashed.path, trashed.origin) or (run and run in (Path(trashed.origin).name, trashed.title)):
            return trashed
    places = " or ".join(map(str, dict.fromkeys((runs.absolute(), home))))
    raise UserError(
        f"There is no run “{run}” in the trash of {places}.",
        "“thaw runs FOLDER --trashed” lists the trash of a folder of runs; “--restore FOLDER/NAME” restores from it.",
        runs,
    )


def restore(trashed: TrashedRun) -> Path:
    """Move a run from the trash to its former path.

    Raises:
        UserError: Something else is at that path now, the run is no longer in the trash, or it cannot be moved.
    """
    run, origin = Path(trashed.path), Path(trashed.origin)
    if os.path.lexists(origin):
        raise UserError(
            f"{origin} exists, so the run {run} cannot be put back there.",
            f"Move or rename {origin}, then restore the run.",
            origin,
        )
    try:
        run.rename(origin)
    except FileNotFoundError as error:
        raise UserError(
            f"The run {run} is no longer in the trash.", "It was restored, or deleted for good.", run
        ) from error
    except OSError as error:
        raise UserError(
            f"The run {run} cannot be restored to {origin} ({error.strerror or error}).",
            "Make both folders writable.",
            run,
        ) from error
    _remove_empty(run.parent)
    return origin


def empty(runs: Path) -> int:
    """Permanently delete the runs in the trash of a folder of runs; returns their number.

    Raises:
        UserError: A run cannot be deleted.
    """
    trash = listing(runs)
    for trashed in trash:
        run = Path(trashed.path)
        try:
            if run.is_symlink():
                run.unlink()
            else:
                shutil.rmtree(run)
        except OSError as error:
            raise UserError(
                f"The run {run} cannot be deleted ({error.strerror or error}).", "Make its folder writable.", run
            ) from error
        _remove_empty(run.parent)
    return len(trash)


def _new_place(trash: Path, now: datetime.datetime) -> Path:
    trash.mkdir(exist_ok=True)
    stamp = now.astimezone(datetime.UTC).strftime(STAMP)
    for number in itertools.count(1):
        place = trash / (stamp if number == 1 else f"{stamp}_{number}")
        with contextlib.suppress(FileExistsError):
            place.mkdir()
            return place
    raise AssertionError


def _is_place(place: Path) -> bool:
    """True for a folder that `discard` created; all others in the trash are left alone."""
    return re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(_\d+)?", place.name) is not None and place.is_dir()


def _entries(place: Path) -> list[Path]:
    try:
        return sorted(entry for entry in place.iterdir() if (entry / folder.RUN).exists() or entry.is_symlink())
    except OSError:
        return []


def _age(place: Path) -> tuple[str, int]:
    """Sort key: time of the removal, then the number within a second."""
    number = place.name[20:]
    return place.name[:19], int(number) if number.isdigit() else 1


def _trashed(run: Path) -> TrashedRun:
    when = datetime.datetime.strptime(run.parent.name[:19], STAMP).replace(tzinfo=datetime.UTC)
    origin = run.parent.parent.parent / run.name
    words = started = ""
    with contextlib.suppress(UserError):  # it can be restored all the same
        record = folder.read(run, only_known=False)
        words, started = run_names.name(record.spec), record.started
    title = description.read(run).title
    return TrashedRun(str(run), str(origin), when.isoformat(), index.size(run), title, words, started)


def _remove_empty(place: Path) -> None:
    """Remove the empty place of a run, and the trash if it was the last one."""
    for path in (place, place.parent):
        with contextlib.suppress(OSError):
            path.rmdir()
