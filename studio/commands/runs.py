"""Jobs on the runs on disk: list and open."""

from __future__ import annotations

from pathlib import Path

from studio.events import Events
from studio.jobs.protocol import Stop, Work
from studio.runs import index, reopen
from studio.system import paths


def list_runs(folder: Path | None = None) -> Work:
    """List the runs of a folder (None: the user's own), newest first."""

    def work(_stop: Stop) -> Events:
        yield from index.list_runs(paths.expanded(folder) if folder is not None else None)

    return work


def open_run(run: Path) -> Work:
    """Open a stored run; yields the events of its training again."""

    def work(_stop: Stop) -> Events:
        yield from reopen.replay(run)

    return work
