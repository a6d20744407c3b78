"""The list of runs: the rows shown, and the commands allowed on the chosen one."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest
import states
from run_summaries import summary

from studio.events import Figure, ProjectOpened, RunsListed, RunStarted, RunSummary, Skipped
from studio.session.runs import run_list
from studio.session.runs.run_columns import RunView
from studio.session.state import AppState, JobState, RunList, RunState
from studio.spec import DatasetSpec, RunSpec, TrainSpec
from studio.spec.structs import replace

SPEC = RunSpec(DatasetSpec("/photos"))
DONE = RunSummary("/runs/done", "done", SPEC, epochs=10, checkpoint="2026-01-01T00:00:00")
INTERRUPTED = replace(DONE, path="/runs/interrupted", state="interrupted", epochs=3)
OTHER = replace(DONE, path="/runs/other", spec=RunSpec(DatasetSpec("/elsewhere")))


def state(*runs: RunSummary, chosen: str = "", folder: str = "/photos", everywhere: bool = False) -> AppState:
    return AppState(RunSpec(DatasetSpec(folder)), run_list=RunList(runs, (), chosen, True, everywhere))


def training(known: AppState) -> AppState:
    return replace(known, jobs=MappingProxyType({"train": JobState("train", run=known.shown)}))


def test_a_chosen_run_stays_chosen_while_it_is_there() -> None:
    before = RunList((DONE,), chosen=DONE.path, everywhere=True)
    gone = (Skipped("/runs/x", "no run"),)
    after = run_list.with_listing(before, RunsListed("/runs", (INTERRUPTED, DONE), gone))
    assert after == RunList((INTERRUPTED, DONE), gone, DONE.path, True, True)
    assert run_list.with_listing(before, RunsListed("/runs", (INTERRUPTED,))).chosen == ""


def test_an_empty_list_says_why() -> None:
    unread = AppState(SPEC)
    assert run_list.why_none(unread, RunView(), 0) == run_list.READING
    assert run_list.why_none(state(), RunView(), 0) == run_list.NO_RUN
    assert "1 run of other folders" in run_list.why_none(state(OTHER), RunView(), 0)
    assert run_list.why_none(state(DONE), RunView(text="bees", starred=True), 1) == (
        "None of 1 run has a star and contains “bees”."
    )


def test_runs_of_the_open_folder_are_shown_or_all() -> None:
    runs = (DONE, OTHER, INTERRUPTED)
    assert run_list.rows(state(*runs)) == (DONE, INTERRUPTED)
    assert run_list.rows(state(*runs, everywhere=True)) == runs
    assert run_list.rows(state(*runs, folder="")) == runs
    assert [run_list.elsewhere(state(*runs, everywhere=flag)) for flag in (False, True)] == [1, 0]


def test_a_folder_may_be_written_in_several_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_list.same_folder("/photos", "/photos/")
    assert run_list.same_folder("/photos", "/photos/ants/..")
    assert run_list.same_folder("~/photos", str(Path("~/photos").expanduser()))
    assert not run_list.same_folder("/photos", "/photos2")


def test_a_run_that_is_not_shown_is_not_chosen() -> None:
    assert run_list.deselect_hidden(state(DONE, OTHER, chosen=OTHER.path)).run_list.chosen == ""
    shown = state(DONE, OTHER, chosen=DONE.path)
    assert run_list.deselect_hidden(shown) is shown
    assert run_list.chosen(shown) == DONE
    assert run_list.chosen(state(DONE)) is None


@pytest.mark.parametrize(
    ("status", "shown"), [("failed", "failed"), ("cancelled", "cancelled"), ("done", "interrupted")]
)
def test_a_run_whose_record_could_not_be_updated_has_its_state_of_this_window(status, shown) -> None:
    run = RunState(RunStarted(INTERRUPTED.path, SPEC, "cpu", "features", (8,), 1, 1, ()), status)
    rows = run_list.rows(state(INTERRUPTED, DONE).showing(run))
    assert [row.state for row in rows] == [shown, "done"]


def test_a_resumed_run_shows_its_listed_figures_until_its_first_epoch() -> None:
    listed = replace(INTERRUPTED, figure=Figure("accuracy", 0.75))
    started = RunStarted(INTERRUPTED.path, SPEC, "cpu", "features", (8,), 1, 1, (), resumed=3)
    known = training(state(listed).showing(RunState(started, "running")))
    (row,) = run_list.rows(known)
    assert (row.state, row.epochs, row.value("accuracy")) == ("running", 3, 0.75)


def test_the_last_run_is_offered_for_resuming_where_it_was_interrupted() -> None:
    assert run_list.run_to_resume(state(INTERRUPTED, DONE)) == INTERRUPTED
    assert run_list.run_to_resume(state(DONE, INTERRUPTED)) is None
    assert run_list.run_to_resume(state()) is None
    assert run_list.run_to_resume(state(replace(INTERRUPTED, checkpoint=""))) is None
    assert run_list.run_to_resume(training(state(INTERRUPTED))) is None
    started = RunStarted("/runs/1", SPEC, "cpu", "features", (8,), 1, 1, ())
    assert run_list.run_to_resume(state(INTERRUPTED).showing(RunState(started, "done"))) is None


@pytest.mark.parametrize(
    ("run", "resume", "extend", "discard"),
    [
        (None, "Select a run", "Select a run", "Select a run"),
        (DONE, "This run is done", "", ""),
        (replace(DONE, checkpoint=""), "This run is done", "no checkpoint", ""),
        (INTERRUPTED, "", "has not reached", ""),
        (replace(INTERRUPTED, checkpoint=""), "no checkpoint", "has not reached", ""),
        (replace(INTERRUPTED, checkpoint="", epochs=0), "", "has not reached", ""),
        (replace(INTERRUPTED, state="running"), "Another program", "has not reached", "Another program"),
    ],
)
def test_reasons_against_each_command_on_a_run(run, resume: str, extend: str, discard: str) -> None:
    known = state(run, chosen=run.path) if run is not None else state(DONE)
    for words, said in (
        (run_list.cannot_resume(known), resume),
        (run_list.cannot_extend(known), extend),
        (run_list.cannot_discard(known), discard),
        (run_list.cannot_open(known), "" if run is not None else "Select a run"),
    ):
        assert bool(words) == bool(said)
        assert said in words


def test_runs_can_be_shown_but_not_resumed_while_one_trains() -> None:
    known = training(state(DONE, chosen=DONE.path))
    for question in (run_list.cannot_resume, run_list.cannot_extend):
        assert question(known) == "Training is in progress."
    assert run_list.cannot_discard(known) == run_list.cannot_open(known) == ""
    started = RunState(RunStarted(DONE.path, SPEC, "cpu", "features", (8,), 1, 1, ()), "running")
    own = training(state(DONE, chosen=DONE.path).showing(started))
    assert run_list.cannot_open(own) == "This run is already shown."
    assert run_list.cannot_open(own.showing(None)) == ""


def test_where_the_plan_of_a_done_run_ended() -> None:
    assert run_list.last_epoch(DONE) == 10
    both = replace(DONE, spec=replace(SPEC, train=TrainSpec(epochs=10, head_epochs=3)), epochs=7, stopped_early=True)
    assert run_list.last_epoch(both) == 4
    assert run_list.last_epoch(replace(both, epochs=3)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "10 epochs"),
        ({"epochs": 1, "spec": replace(SPEC, train=TrainSpec(epochs=1))}, "1 epoch"),
        ({"epochs": 13, "spec": replace(SPEC, train=TrainSpec(epochs=10, head_epochs=3))}, "3 + 10 epochs"),
        ({"epochs": 7}, "7 epochs"),
        ({"epochs": 7, "stopped_early": True}, "7 of 10 epochs, stopped early"),
        ({"state": "running", "epochs": 2}, "running, epoch 2 of 10"),
        ({"state": "cancelled", "epochs": 3}, "stopped after epoch 3 of 10"),
        ({"state": "failed", "epochs": 0}, "failed before its first epoch"),
    ],
)
def test_how_far_a_run_came(changes, words: str) -> None:
    assert run_list.progress_words(replace(DONE, **changes)) == words


def test_a_run_of_the_open_project_is_listed_though_its_folder_is_elsewhere() -> None:
    here = RunSummary("/runs/here", "done", SPEC)
    far = RunSummary("/runs/far", "done", RunSpec(DatasetSpec("/another computer/photos")))
    shown = state(here, far)
    assert run_list.rows(shown) == (here,)
    project = ProjectOpened("/p.thaw", here.spec, runs=(far.path,))
    assert set(run_list.rows(replace(shown, project=project))) == {here, far}
    other = ProjectOpened("/p.thaw", far.spec, runs=(far.path,))
    assert run_list.rows(replace(shown, project=other)) == (here,), "another folder is open now"


def test_a_run_in_progress_cannot_be_moved_to_the_trash() -> None:
    run = states.run()
    listed = replace(summary("1"), path=run.id)
    state = AppState(run_list=RunList((listed,), chosen=run.id, is_listed=True, everywhere=True))
    shown = state.showing(run)
    training = replace(shown, jobs=MappingProxyType({"train": JobState("train", run=run.id)}))
    assert run_list.cannot_discard(state) == ""
    assert run_list.cannot_discard(training) == "This run is still being written."
    other = replace(listed, path="/runs/other")
    others = replace(training, run_list=replace(training.run_list, listed=(listed, other), chosen=other.path))
    assert run_list.cannot_discard(others) == ""
