"""Exported files of a run, found beside their certificates, from a notebook or a script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.commands import results
from studio.events import CertificatesFound, CertifiedFile
from studio.notebook.job_runner import run_job
from studio.notebook.photo_folder import PathLike
from studio.system import paths


def exported(run: Path, folders: Sequence[PathLike]) -> tuple[CertifiedFile, ...]:
    """Find the exported files of a run, the oldest first; see `Run.exports`."""
    more = tuple(str(paths.expanded(Path(folder)).absolute()) for folder in folders)
    events = run_job(results.exported(run, more), False)
    return next(event.files for event in events if isinstance(event, CertificatesFound))
