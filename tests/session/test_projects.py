"""Projects in the window: what is saved, and what could not be opened."""

from __future__ import annotations

from folded_states import SPEC, finished
from run_summaries import summary

from studio.events import ProjectOpened
from studio.formatting.numbers import plain
from studio.session import projects
from studio.session.state import AppState, RunList
from studio.spec.structs import replace


def with_runs(everywhere: bool = False) -> AppState:
    state = finished()
    own = replace(summary("1"), path="/runs/1", spec=state.spec)
    second, other = replace(own, path="/runs/2"), summary("other")
    return replace(state, run_list=RunList((own, second, other), is_listed=True, everywhere=everywhere))


def test_the_runs_of_a_project_are_those_of_the_open_folder():
    assert projects.runs_of(with_runs()) == projects.runs_of(with_runs(everywhere=True)) == ("/runs/1", "/runs/2")


def test_the_run_shown_is_saved_if_it_is_of_the_project():
    state = with_runs()
    assert projects.shown_of(state) == "/runs/1"
    assert projects.shown_of(replace(state, shown=None)) == ""
    assert projects.shown_of(replace(state, run_list=RunList())) == ""


def test_missing_files_are_named():
    project = ProjectOpened("/p.thaw", SPEC, missing_folder="/other\n/photos")
    question, hint = projects.missing_folder_words(project)
    assert question.startswith("The photos of the project are not in /other")
    assert "\n" not in question
    assert hint.startswith("Nothing was changed.")
    assert projects.left_out_words(project) == ("The project was opened.", "")
    gone = replace(project, missing_runs=("/runs/1",), missing_files=("/t.csv", "/w.pth"), merged=True, choices=1)
    assert plain(projects.left_out_words(gone)[1]).split("\n") == [
        "1 run is not on this computer, such as /runs/1.",
        "Not on this computer: /t.csv.",
        "Not on this computer: /w.pth.",
        "The folder had other choices: those of the project (1 entry) were added; Undo removes them.",
    ]
    two = replace(project, missing_runs=("/runs/1", "/runs/2"), choices=3)
    assert plain(projects.left_out_words(two)[1]) == "2 runs are not on this computer, such as /runs/1."
