"""The job that trains a run again from its record and compares the results."""

from __future__ import annotations

from pathlib import Path

from studio.catalog import network_files
from studio.commands.backbones import available
from studio.commands.dataset import require_folder
from studio.commands.imports import imported
from studio.events import Events, RunReplayed
from studio.jobs.protocol import Stop, Work
from studio.runs import folder as runs
from studio.spec import UserError
from studio.system import paths


def replay(run: Path, out: Path | None = None, data: Path | None = None, cached: bool = False) -> Work:
    """Train a run again from its record: `RunReplayed` says whether the results are the same.

    Args:
        run: Folder of the run, which is only read.
        out: New folder for the second run; None for a temporary one that is deleted.
        data: Where the photos are now, if they were moved.
        cached: Take features from the user's cache; otherwise all are computed anew.

    Raises:
        UserError: There is no run, or it cannot be read; or `out` cannot be used. Photos or weights that
            have changed since the run are no error, but a result.
    """

    def work(stop: Stop) -> Events:
        where = paths.expanded(run).absolute()
        where = where.parent if where.name == runs.RUN else where
        record = runs.read(where)
        if out is not None:
            runs.require_free(out.absolute())
        folder = str(paths.expanded(data).absolute()) if data is not None else ""
        try:
            available(network_files.located(record.spec.backbone, where))
        except UserError as error:
            yield _cannot(where, error)
            return
        try:
            yield from require_folder(record.spec.dataset.moved(folder))
        except UserError as error:
            yield _cannot(where, error, "" if folder else "If the photos were moved, say where they are now.")
            return
        yield from imported()
        from studio.engine.replay.replay import replay

        yield from replay(where, out, stop, folder, paths.cache_folder() if cached else None)

    return work


def _cannot(run: Path, error: UserError, hint: str = "") -> RunReplayed:
    return RunReplayed(str(run), "cannot", why=(f"{error.title} {error.hint}".strip(), *([hint] if hint else [])))
