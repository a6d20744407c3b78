"""Projects as the window shows them: the runs that are saved with one, and texts on what could not be opened."""

from __future__ import annotations

from studio.events import ProjectOpened
from studio.formatting import typography
from studio.formatting.language import counted, tr
from studio.session.runs import run_list
from studio.session.state import AppState
from studio.spec.structs import replace


def runs_of(state: AppState) -> tuple[str, ...]:
    """Folders of the runs that belong to the project: those of the open folder."""
    here = replace(state, run_list=replace(state.run_list, everywhere=False))
    return tuple(run.path for run in run_list.rows(here))


def shown_of(state: AppState) -> str:
    """Folder of the run that is shown, if it is one of the project; "" otherwise."""
    path = state.run.started.run if state.run is not None else ""
    return path if path in runs_of(state) else ""


def missing_folder_words(project: ProjectOpened) -> tuple[str, str]:
    """A question for the folder of photos, and an explanation."""
    return (
        tr("The photos of the project are not in {missing_folder}. Where are they now?").format(
            missing_folder=typography.one_line(project.missing_folder)
        ),
        tr("Nothing was changed. Choose the folder that has the same photos."),
    )


def left_out_words(project: ProjectOpened) -> tuple[str, str]:
    """A sentence on an opened project, and what of it is not on this computer or was merged; "" for neither."""
    parts = []
    if project.missing_runs:
        number = len(project.missing_runs)
        parts.append(
            (
                tr("{runs} is not on this computer, such as {missing_runs}.")
                if number == 1
                else tr("{runs} are not on this computer, such as {missing_runs}.")
            ).format(runs=counted(number, "run"), missing_runs=project.missing_runs[0])
        )
    parts += [tr("Not on this computer: {file}.").format(file=file) for file in project.missing_files]
    if project.merged:
        added = counted(project.choices, "entry", "entries")
        parts.append(
            tr("The folder had other choices: those of the project ({added}) were added; Undo removes them.").format(
                added=added
            )
        )
    return tr("The project was opened."), "\n".join(map(typography.one_line, parts))
