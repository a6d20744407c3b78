"""Replay of a run from a notebook or a script."""

from __future__ import annotations

from pathlib import Path

from studio.commands.automation import replay as commands
from studio.events import RunReplayed
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.system import paths


def replay(
    run: PathLike,
    out: PathLike | None = None,
    *,
    data: PathLike | None = None,
    cached: bool = False,
    progress: ProgressChoice = True,
) -> RunReplayed:
    """Train a run again from its record, and compare every loss, metric and weight.

    Args:
        run: Folder of the run, which is only read.
        out: New folder for the second run; None for a temporary one that is deleted.
        data: Where the photos are now, if they were moved.
        cached: Take features from the cache; otherwise all are computed again, so that the cache hides no difference.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Returns:
        `result` is "same" (bit for bit), "differs" or "cannot"; `largest_difference`, `why` (sentences), `differences`,
        `photos` (those that have changed since) and `unchecked` (what the record is too old to say).

    Raises:
        UserError: There is no run, it cannot be read, or `out` cannot be used.
        KeyboardInterrupt: It was stopped.
    """
    place = paths.expanded(Path(out)) if out is not None else None
    folder = Path(data) if data is not None else None
    events = run_job(commands.replay(paths.expanded(Path(run)), place, folder, cached), progress)
    return next(event for event in events if isinstance(event, RunReplayed))
