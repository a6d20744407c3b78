"""The list of runs: the state of each, and folders that are not runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stories import KILLED, SPEC, again, begin, number_story, run_json, story

from studio.events import DatasetScanned, Epoch, Progress, RunsListed, RunSummary, Saved
from studio.runs import folder as runs
from studio.runs import index
from studio.spec import TrainSpec, UserError
from studio.spec.structs import replace


def listed(folder: Path | None = None) -> RunsListed:
    return list(index.list_runs(folder))[-1]


def finished(run: Path, epochs: int = 4, checkpoint: bool = True, spec=SPEC) -> Path:
    list(runs.record_events(story(run, epochs, spec), run))
    if checkpoint:
        (run / runs.CHECKPOINT).write_bytes(b"state")
    return run


def cut_short(run: Path, after: int = 2, checkpoint: bool = True) -> Path:
    running = runs.record_events(story(run, 4), run)
    for event in running:
        if after == 0 and isinstance(event, DatasetScanned):
            break
        if isinstance(event, Epoch) and event.epoch == after:
            break
    running.close()
    if checkpoint:
        (run / runs.CHECKPOINT).write_bytes(b"state")
    return run


def edit(run: Path, **changes: object) -> Path:
    data = run_json(run)
    (run / "run.json").write_text(json.dumps(data | changes))
    return run


def test_a_finished_run_in_figures(tmp_path):
    finished(tmp_path / "one")
    summary = listed(tmp_path).runs[0]
    assert (summary.state, summary.photos, summary.classes, summary.epochs) == ("done", 4, 2, 4)
    assert (summary.best_epoch, summary.result_epoch, summary.value("accuracy")) == (2, 2, 0.5)
    assert summary.figure.interval is not None
    assert summary.figure.interval[0] < 0.5 < summary.figure.interval[1]
    assert summary.seconds == pytest.approx(0.4)
    assert summary.size == sum(file.stat().st_size for file in (tmp_path / "one").iterdir())
    assert summary.spec == SPEC
    assert (summary.resumable, summary.extendable) == (False, True)


def test_the_figures_of_a_run_without_a_result_are_those_of_its_last_epoch(tmp_path):
    data = run_json(finished(tmp_path / "one"))
    train = {name: value for name, value in data["spec"]["train"].items() if name != "result"}
    known = {name: value for name, value in data.items() if name not in ("result_epoch", "criterion")}
    (tmp_path / "one" / "run.json").write_text(json.dumps(known | {"spec": data["spec"] | {"train": train}}))
    summary = listed(tmp_path).runs[0]
    assert (summary.best_epoch, summary.result_epoch, summary.value("accuracy")) == (2, 4, 0.5), "2 has the lowest loss"
    assert runs.read(tmp_path / "one").result == "last"


@pytest.mark.parametrize("status", ["died", "interrupted"])
def test_a_record_may_name_an_interrupted_run_as_version_0_1_or_as_this_one_does(tmp_path, status):
    edit(cut_short(tmp_path / "one"), status=status)
    summary = listed(tmp_path).runs[0]
    assert (summary.state, summary.resumable) == ("interrupted", True)


def test_newest_first_and_foreign_or_broken_folders_are_named(tmp_path):
    for name, began in (("old", "2026-01-01T00:00:00+00:00"), ("new", "2026-02-01T00:00:00+00:00")):
        edit(finished(tmp_path / name), started=began)
    (tmp_path / "holiday").mkdir()
    (tmp_path / ".trash").mkdir()
    (tmp_path / "notes.txt").write_text("hello")
    for name, content in (("half", "{"), ("list", "[1]"), ("alien", '{"spec": 1}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(content)
    edit(finished(tmp_path / "newer"), spec={"version": 99})
    edit(finished(tmp_path / "odd"), epochs=[1, 2])
    listing = listed(tmp_path)
    assert [Path(run.path).name for run in listing.runs] == ["new", "old"]
    assert {Path(item.path).name for item in listing.unreadable} == {"holiday", "half", "list", "alien", "newer", "odd"}
    assert all(item.reason for item in listing.unreadable)


def test_the_progress_of_listing_ends_at_the_number_of_folders(tmp_path):
    finished(tmp_path / "a run")
    (tmp_path / "no run").mkdir()
    *_, progress, _ = index.list_runs(tmp_path)
    assert isinstance(progress, Progress)
    assert (progress.done, progress.total) == (2, 2)


def test_the_users_own_runs_may_not_exist_yet_but_a_folder_asked_for_must(own_folders, tmp_path):
    assert listed().runs == ()
    with pytest.raises(UserError, match="nowhere"):
        listed(tmp_path / "nowhere")


def test_the_folder_of_a_run_lists_that_run(tmp_path):
    finished(tmp_path / "one")
    assert [run.path for run in listed(tmp_path / "one").runs] == [str(tmp_path / "one")]


@pytest.mark.slow
def test_a_run_that_is_being_written_is_running_and_interrupted_once_its_program_is_killed(tmp_path):
    running = runs.record_events(story(tmp_path / "live", 4), tmp_path / "live")
    next(running)
    assert index.summary(tmp_path / "live").state == "running"
    assert index.summary(tmp_path / "live").holder
    list(running)
    assert index.summary(tmp_path / "live").state == "done"

    command = [sys.executable, "-c", KILLED, str(tmp_path / "dead"), str(Path(__file__).parents[1] / "support")]
    subprocess.run(command, check=False)
    (tmp_path / "dead" / runs.CHECKPOINT).write_bytes(b"state")
    assert runs.read(tmp_path / "dead").status == "running"
    summary = index.summary(tmp_path / "dead")
    assert (summary.state, summary.epochs, summary.resumable) == ("interrupted", 3, True)
    assert summary.checkpoint
    assert summary.holder == ""


def test_a_failed_run_has_its_reason(tmp_path):
    run = tmp_path / "run"

    def work():
        yield from begin(run)
        raise UserError("The loss is no longer a number.", "Use lower rates.")

    with pytest.raises(UserError):
        list(runs.record_events(work(), run))
    summary = index.summary(run)
    assert (summary.state, summary.failure) == ("failed", "The loss is no longer a number.")
    assert summary.figure is None


@pytest.mark.parametrize(
    ("make", "epochs", "refused"),
    [
        (finished, None, "is done"),
        (finished, 4, "would add none"),
        (finished, 3, "would add none"),
        (finished, 5, ""),
        (cut_short, None, ""),
        (cut_short, 4, ""),
        (cut_short, 3, "planned for 4 epochs and cannot end after 3"),
        (cut_short, 9, ""),
        (lambda run: finished(run, checkpoint=False), 5, "no checkpoint"),
        (lambda run: cut_short(run, checkpoint=False), None, "no checkpoint"),
        (lambda run: cut_short(run, 0, checkpoint=False), None, ""),
    ],
)
def test_runs_that_can_be_resumed_or_extended_and_reasons_for_others(tmp_path, make, epochs, refused):
    run = make(tmp_path / "run")
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    if refused:
        with pytest.raises(UserError, match=refused) as fault:
            index.require_resumable(run, epochs)
        assert str(run) in fault.value.title
        assert fault.value.hint
    else:
        assert isinstance(index.require_resumable(run, epochs), RunSummary)
    assert {file.name: file.read_bytes() for file in run.iterdir()} == before


@pytest.mark.parametrize(("make", "epochs"), [(finished, None), (finished, 3), (cut_short, 3)])
def test_the_window_has_hints_of_its_own(tmp_path, make, epochs):
    """Another process may finish a run between two listings; the window's hint names its buttons, not options."""
    with pytest.raises(UserError) as fault:
        index.require_resumable(make(tmp_path / "run"), epochs, index.IN_WINDOW)
    assert "8" in fault.value.hint
    assert "--" not in fault.value.hint
    assert "thaw " not in fault.value.hint


def test_a_run_that_stopped_early_is_marked_and_can_be_extended(tmp_path):
    run = finished(tmp_path / "run", 2)
    edit(run, stopped_early=True)
    with pytest.raises(UserError, match="stopped early after 2 epochs"):
        index.require_resumable(run)
    assert index.require_resumable(run, 8).stopped_early


def test_an_extended_run_counts_all_its_epochs(tmp_path):
    run = finished(tmp_path / "run", 2, spec=replace(SPEC, train=TrainSpec(epochs=2)))
    events = list(runs.record_events(again(run, 2, 5), run, resumed=True))
    assert isinstance(events[-1], Saved)
    summary = index.summary(run)
    assert (summary.epochs, summary.spec.train.epochs, summary.best_epoch) == (5, 5, 5)
    assert summary.seconds == pytest.approx(3.0 + 2 * 0.1)  # the total at the end, and the epochs before the resumption


def test_a_reason_is_shown_of_failed_runs_that_have_one(tmp_path):
    run = finished(tmp_path / "run")
    reason = {"title": "The disk is full.", "hint": "Free some space."}
    for status, failure, shown in (("failed", reason, reason["title"]), ("failed", None, ""), ("done", reason, "")):
        edit(run, status=status, failure=failure)
        assert index.summary(run).failure == shown


def test_the_interval_of_a_regression_is_that_of_the_report_on_its_result(tmp_path):
    list(runs.record_events(number_story(tmp_path / "run"), tmp_path / "run"))
    record = runs.read(tmp_path / "run")
    assert record.report is not None
    assert record.judged_epoch == record.result_epoch
    assert index.summary(tmp_path / "run").figure.interval == record.report.interval("mae")


def test_a_run_that_is_removed_while_it_is_measured_has_the_size_so_far(tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / "run" / name).mkdir(parents=True)
        (tmp_path / "run" / name / "file").write_text("12345")
    before, calls = os.stat, []

    def stat(path, *args, **kwargs):
        status = before(path, *args, **kwargs)
        if Path(path).name == "file" and not calls:
            calls.append(path)
            shutil.rmtree(tmp_path / "run")
        return status

    assert index.size(tmp_path / "run") == 15
    monkeypatch.setattr(os, "stat", stat)
    assert index.size(tmp_path / "run") == 5


def test_runs_elsewhere_are_listed_once_and_those_that_are_gone_are_left_out(tmp_path):
    inside, outside = finished(tmp_path / "all" / "one"), finished(tmp_path / "outside")
    *_, listing = index.list_runs(tmp_path / "all", [inside, outside, outside, tmp_path / "gone"])
    assert sorted(run.path for run in listing.runs) == [str(inside), str(outside)]
    assert listing.unreadable == ()


def test_the_progress_of_a_slow_list_counts_the_folders_so_far(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.jobs.progress.EVERY", 0.0)
    for name in "abc":
        finished(tmp_path / name, 1)
    progress = [event for event in index.list_runs(tmp_path) if isinstance(event, Progress)]
    assert [(one.done, one.total) for one in progress] == [(1, 3), (2, 3), (3, 3), (3, 3)]


def test_a_regression_run_has_no_classes_and_a_run_without_epochs_no_result(tmp_path):
    list(runs.record_events(number_story(tmp_path / "run"), tmp_path / "run"))
    assert (index.summary(tmp_path / "run").classes, index.summary(tmp_path / "run").result_epoch) == (0, 1)
    new = index.summary(cut_short(tmp_path / "new", 0, checkpoint=False))
    assert (new.epochs, new.best_epoch, new.result_epoch) == (0, 0, 0)


def test_only_ordinary_files_count_towards_the_size(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"12345")
    os.mkfifo(tmp_path / "a" / "pipe")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "nowhere")
    assert index.size(tmp_path / "a") == 5
    assert index.size(tmp_path / "nowhere") == 0


@pytest.mark.parametrize(("epochs", "refused"), [(None, "is done"), (2, "has 2 epochs already"), (3, "")])
def test_an_early_end_after_a_warm_up_of_the_head_counts_without_it(tmp_path, epochs, refused):
    spec = replace(SPEC, train=TrainSpec(epochs=4, head_epochs=1))
    run = edit(finished(tmp_path / "run", 3, spec=spec), stopped_early=True)
    if refused:
        with pytest.raises(UserError, match=refused) as fault:
            index.require_resumable(run, epochs)
        assert fault.value.hint.endswith("--epochs 4.")
    else:
        assert index.require_resumable(run, epochs).epochs == 3
