"""Project files from a notebook or a script."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from studio.commands.automation import projects as commands
from studio.events import ProjectOpened, Saved
from studio.notebook.job_runner import run_job
from studio.notebook.photo_folder import PathLike
from studio.spec import RunSpec
from studio.system import paths


def save_project(file: PathLike, spec: RunSpec, runs: Iterable[PathLike] = ()) -> Path:
    """Write a project file: settings with their folder of photos, the choices about them, and references to runs.

    Args:
        file: The file; `.thaw` is added if it has no suffix.
        spec: The settings, such as `run.spec`.
        runs: Folders of runs.

    Returns:
        The file, absolute.

    Raises:
        UserError: There is no such folder of photos, or the file cannot be written or is no project.
    """
    folders = [str(paths.expanded(Path(run)).absolute()) for run in runs]
    events = run_job(commands.save(Path(file), spec, folders), progress=False)
    return Path(next(event.path for event in events if isinstance(event, Saved)))


def open_project(file: PathLike, data: PathLike | None = None) -> ProjectOpened:
    """Read a project file, and add its choices to the journal of its folder.

    Args:
        file: The project.
        data: Current folder of the photos, if they are not where the project says.

    Returns:
        `spec`, with the paths of this computer, `runs`, and what is missing: `missing_folder` (then nothing was
        changed), `missing_runs`, `missing_files`.

    Raises:
        UserError: The file is no project or is damaged, or `data` is no folder.
    """
    events = run_job(commands.open_project(Path(file), Path(data) if data is not None else None), progress=False)
    return next(event for event in events if isinstance(event, ProjectOpened))
