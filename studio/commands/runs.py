"""Jobs on the runs on disk: list, open, describe, move to the trash and restore."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from studio.events import Events, RunDescription, RunRestored, RunTrashed, Stage, TrashListed
from studio.jobs.protocol import Stop, Work
from studio.runs import index, reopen, trash
from studio.runs.files import description
from studio.system import paths


def list_runs(folder: Path | None = None, also: Iterable[str] = ()) -> Work:
    """List the runs of a folder (None: the user's own) and the single runs `also`, newest first."""

    def work(_stop: Stop) -> Events:
        yield from index.list_runs(paths.expanded(folder) if folder is not None else None, map(Path, also))

    return work


def describe(run: Path, change: Callable[[RunDescription], RunDescription]) -> Work:
    """Change the description of a run, and list it.

    Args:
        run: Folder of the run.
        change: Function from the current description to the new one.

    Raises:
        UserError: There is no run, or the description is too long or cannot be written.
    """

    def work(_stop: Stop) -> Events:
        where = paths.expanded(run).absolute()
        before = index.summary(where).description
        if (after := change(before)) != before:
            description.write(where, after)
        yield from index.list_runs(where)

    return work


def write_description(run: Path, new: RunDescription) -> Work:
    """Replace the description of a run, without listing it."""

    def work(_stop: Stop) -> Events:
        yield Stage("describe", "Writing the description")
        index.summary(run)  # refuses a folder that is not a run
        description.write(run, new)

    return work


def discard(run: Path) -> Work:
    """Move a run to the trash beside it: `RunTrashed`.

    Raises:
        UserError: There is no run, a program is writing to it, or it cannot be moved.
    """

    def work(_stop: Stop) -> Events:
        yield Stage("discard", "Moving the run to the trash")
        yield RunTrashed(trash.discard(paths.expanded(run)))

    return work


def restore(run: str, folder: Path | None = None) -> Work:
    """Restore a run from the trash: `RunRestored`.

    Args:
        run: Its name, title, current or former path.
        folder: Folder of runs in whose trash to look; None for the user's runs.

    Raises:
        UserError: No run of this name is in the trash, or its path is taken.
    """

    def work(_stop: Stop) -> Events:
        yield Stage("restore", "Restoring the run")
        trashed = trash.find(_runs(folder), run)
        trash.restore(trashed)
        yield RunRestored(trashed)

    return work


def list_trash(folder: Path | None = None) -> Work:
    """List the trash of a folder of runs (None: the user's own): `TrashListed`."""

    def work(_stop: Stop) -> Events:
        yield Stage("trash", "Listing the trash")
        yield TrashListed(str(_runs(folder)), trash.listing(_runs(folder)))

    return work


def empty_trash(folder: Path | None = None) -> Work:
    """Delete the runs in the trash of a folder of runs for good, and list it: `TrashListed`."""

    def work(_stop: Stop) -> Events:
        yield Stage("trash", "Emptying the trash")
        trash.empty(_runs(folder))
        yield TrashListed(str(_runs(folder)), trash.listing(_runs(folder)))

    return work


def _runs(folder: Path | None) -> Path:
    return (paths.expanded(folder) if folder is not None else paths.runs_folder()).absolute()


def follow_run(run: Path) -> Work:
    """Read a run that another program writes: `RunFollowed`.

    Raises:
        UserError: There is no run, or it cannot be read.
    """

    def work(_stop: Stop) -> Events:
        yield from reopen.followed(run)

    return work


def open_run(run: Path) -> Work:
    """Open a stored run; yields the events of its training again.

    Raises:
        UserError: There is no run, or it cannot be read.
    """

    def work(_stop: Stop) -> Events:
        yield from reopen.stored_events(run)

    return work
