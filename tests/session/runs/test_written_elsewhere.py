"""A run that another program writes, as the window shows it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from epochs import class_epoch
from stories import SPEC, begin, epoch

from studio.events import RunFollowed, RunSummary, Warned
from studio.runs.files import lock
from studio.session.runs import run_list, written_elsewhere
from studio.session.runs.run_events import with_event
from studio.session.state import AppState, JobState, RunList, RunState
from studio.spec.structs import replace

ROW = RunSummary("/runs/a", "running", SPEC, epochs=2, holder="process 7 on lab-3", activity="Training: epoch 3 of 4")


def state(row: RunSummary = ROW, epochs: int = 1, status: str = "running", own: bool = False) -> AppState:
    started, scanned = begin(ROW.path)
    run = with_event(RunState(started, status), scanned)
    for number in range(1, epochs + 1):
        for event in epoch(number):
            run = with_event(run, event)
    jobs = MappingProxyType({"train": JobState("train", run=ROW.path)} if own else {})
    return AppState(SPEC, run_list=RunList((row,), chosen=row.path, is_listed=True), jobs=jobs).showing(run)


def test_the_writing_program_and_its_stage_are_named_and_nothing_may_be_written() -> None:
    row = written_elsewhere.summary(state())
    assert row == ROW
    assert written_elsewhere.title(row) == "Process 7 on lab-3 is writing to this run."
    assert written_elsewhere.details(row) == ("Training: epoch 3 of 4. It is shown as it is written; stop it on lab-3.")
    for reason in (run_list.cannot_resume, run_list.cannot_discard):
        assert reason(state()) == "Process 7 on lab-3 is writing to this run."
    assert written_elsewhere.summary(state(own=True)) is None
    assert written_elsewhere.summary(state(replace(ROW, state="done"))) is None


def test_a_run_of_this_program_that_has_just_ended_is_not_one_of_another(tmp_path: Path) -> None:
    with lock.RunLock(tmp_path):
        row = replace(ROW, holder=lock.holder(tmp_path))
    assert row.holder
    assert written_elsewhere.summary(state(row, status="done")) is None


def test_a_run_left_by_a_lost_computer_cannot_be_resumed_before_it_is_released() -> None:
    left = replace(ROW, state="interrupted", seen="2026-11-20T08:00:00+00:00", checkpoint="2026-11-20T08:00:00+00:00")
    assert not left.resumable
    for reason in (run_list.cannot_resume, run_list.cannot_discard):
        text = reason(state(left))
        assert text.startswith("Process 7 on lab-3 has not released this run (last sign of life: 20 Nov)")
        assert ".holder.json" in text
    assert run_list.run_to_resume(replace(state(left), shown=None)) is None
    assert run_list.cannot_resume(state(replace(left, holder=""))) == ""


def test_a_run_is_read_again_once_it_has_more_epochs_or_ended() -> None:
    assert written_elsewhere.to_follow(state(epochs=1)) == ROW.path
    assert written_elsewhere.to_follow(state(epochs=2)) == ""
    assert written_elsewhere.to_follow(state(replace(ROW, state="done"), epochs=2)) == ROW.path
    assert written_elsewhere.to_follow(state(epochs=1, status="done")) == ""
    assert written_elsewhere.to_follow(state(epochs=1, own=True)) == ""


def test_new_epochs_replace_the_old_ones_and_the_users_choices_stay() -> None:
    before = state(epochs=2)
    assert before.run is not None
    trial = object()
    before = before.with_run(replace(before.run, trial=trial, warnings=(Warned("old"),), missing=3))
    events = (*begin(ROW.path), Warned("again"), *epoch(1), *epoch(2), class_epoch(3, 0.5, 0.9, 0.5, 0.5, 0.1))
    after = written_elsewhere.followed(before, RunFollowed(replace(ROW, state="done", epochs=3), events))
    run, old = after.run, before.run
    assert run is not None
    assert [one.epoch for one in run.epochs] == [1, 2, 3]
    assert (run.status, run.trial, run.warnings, run.missing) == ("done", trial, (Warned("old"),), 3)
    assert run.dataset is old.dataset
    assert run.predictions is old.predictions  # still those of epoch 2
    assert run.report is not None
    own = state(own=True)
    assert written_elsewhere.followed(own, RunFollowed(ROW, events)) is own
