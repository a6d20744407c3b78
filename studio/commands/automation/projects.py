"""Jobs on project files: save, read, open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.commands.dataset import require_folder
from studio.events import Events, ProjectOpened, Saved, Stage
from studio.jobs.protocol import Stop, Work
from studio.runs import project_file
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace
from studio.system import paths


def save(file: Path, spec: RunSpec, runs: Sequence[str] = (), shown: str = "") -> Work:
    """Write a project: the settings with their folder, its journal, and references to runs: `Saved`.

    Args:
        file: The file; `.thaw` is added if it has no suffix.
        spec: The settings; their data set names the folder of photos.
        runs: Folders of the project's runs.
        shown: Folder of the run that is shown; "" for none.

    Raises:
        UserError: There is no such folder, or the file cannot be written or is no project.
    """

    def work(_stop: Stop) -> Events:
        from studio.data.journal.exports import stored_lines
        from studio.data.journal.opening import open_journal

        yield Stage("project", "Saving the project")
        where = paths.expanded(file).absolute()
        where = where if where.suffix else where.with_suffix(project_file.SUFFIX)
        yield from require_folder(spec.dataset)
        journal = yield from open_journal(spec.dataset.folder, None, spec.dataset.folders)
        lines = stored_lines.lines_of(journal)
        present = [str(Path(run).absolute()) for run in runs]
        project_file.write(where, project_file.make(where, spec, lines, present, shown))
        yield Saved(str(where), "project")

    return work


def open_project(file: Path, data: Path | None = None, restore: bool = True) -> Work:
    """Read a project, and add its choices to the journal of its folder: `ProjectOpened`.

    Args:
        file: The project.
        data: Current folder of the photos, if they are not where the project says.
        restore: False to leave the journal as it is.

    Raises:
        UserError: The file is no project or is damaged, `data` is no folder, or the journal cannot be written.
    """

    def work(_stop: Stop) -> Events:
        yield Stage("project", "Opening the project")
        where = paths.expanded(file).absolute()
        project = project_file.read(where)
        folder = str(paths.expanded(data).absolute()) if data is not None else ""
        spec, missing = project_file.settings_here(project, where, folder)
        found = [(one, Path(one.here(where.parent))) for one in project.runs]
        present = tuple(str(path) for _, path in found if _is_run(path))
        opened = ProjectOpened(
            str(where),
            spec,
            present,
            tuple(one.absolute for one, path in found if not _is_run(path)),
            shown if project.shown is not None and _is_run(Path(shown := project.shown.here(where.parent))) else "",
            missing_files=missing,
        )
        try:
            yield from require_folder(replace(spec.dataset, targets="", labels="", split_table=""))
        except UserError:
            if folder:
                raise
            yield replace(opened, missing_folder=spec.dataset.folder)
            return
        if restore and project.journal:
            from studio.data.journal.exports import stored_lines
            from studio.data.journal.opening import open_journal

            journal = yield from open_journal(spec.dataset.folder, None, spec.dataset.folders)
            number, merged = stored_lines.restore(journal, project.journal)
            opened = replace(opened, choices=number, merged=merged)
        yield opened

    return work


def _is_run(folder: Path) -> bool:
    try:
        return (folder / "run.json").is_file()
    except OSError:
        return False
