"""Jobs on the runs on disk: list and open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.events import Events, RunDescription
from studio.jobs.protocol import Stop, Work
from studio.runs import index, reopen
from studio.runs.files import description
from studio.system import paths


def list_runs(folder: Path | None = None) -> Work:
    """List the runs of a folder (None: the user's own), newest first."""

    def work(_stop: Stop) -> Events:
        yield from index.list_runs(paths.expanded(folder) if folder is not None else None)

    return work


def describe(run: Path, change: Callable[[RunDescription], RunDescription]) -> Work:
    """Change the description of a run, and list it.

    Args:
        run: Folder of the run.
        change: Returns the new description for the present one.
    """

    def work(_stop: Stop) -> Events:
        where = paths.expanded(run).absolute()
        before = index.summary(where).description
        if (after := change(before)) != before:
            description.write(where, after)
        yield from index.list_runs(where)

    return work


def open_run(run: Path) -> Work:
    """Open a stored run; yields the events of its training again."""

    def work(_stop: Stop) -> Events:
        yield from reopen.replay(run)

    return work
