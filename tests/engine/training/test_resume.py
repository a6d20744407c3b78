"""A run that was stopped, killed or extended gives the same result as an uninterrupted one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import LAST_BLOCK, exact_results, only, record, recorded, run_spec
from torch import Tensor
from trimming import few

from studio.engine.replay.replay import replay
from studio.engine.training import run as training
from studio.engine.training.run_files import checkpoints
from studio.events import (
    Checkpoint,
    DatasetScanned,
    Epoch,
    Event,
    FeaturesComputed,
    Progress,
    RunReplayed,
    RunStarted,
    Step,
    TrainingFinished,
    Warned,
)
from studio.runs import folder
from studio.spec import AugmentSpec, AugmentStep, FreezePlan, HeadSpec, RunSpec, UserError
from studio.spec.structs import replace

KILLS = Path(__file__).parents[2] / "bench" / "training" / "kills.py"


def resumed(run: Path, cache: Path, epochs: int | None = None) -> list[Event]:
    return list(folder.record_events(training.resume(run, epochs, cache=cache), run, resumed=True))


def stopped(spec: RunSpec, run: Path, cache: Path, kind: type, number: int) -> None:
    """Close a run at the `number`th event of a type."""
    running = recorded(spec, run, cache)
    for event in running:
        number -= isinstance(event, kind)
        if number == 0:
            break
    running.close()


RUNS = {
    "frozen": {"epochs": 3, "batch_size": 4},
    "thawed": {"freeze": LAST_BLOCK, "epochs": 2, "batch_size": 4, "backbone_lr": 1e-3},
    "phases": {"freeze": LAST_BLOCK, "epochs": 2, "head_epochs": 1, "batch_size": 4, "schedule": "cosine"},
    "sgd and dropout": {"epochs": 3, "batch_size": 4, "optimizer": "sgd", "balance": "sampling"},
}


MOMENTS = [(FeaturesComputed, 1), (Checkpoint, 3), (Epoch, 1), (Checkpoint, 8)]
BY_DEFAULT = {"thawed": (Epoch, 1)}
STOPS = [
    pytest.param(name, *moment, marks=() if BY_DEFAULT.get(name) == moment else pytest.mark.slow)
    for name in RUNS
    for moment in MOMENTS
]


@pytest.mark.parametrize(("name", "kind", "number"), STOPS)
def test_a_resumed_run_equals_one_that_was_never_stopped(photos, tmp_path, name, kind, number):
    spec = run_spec(photos, checkpoint_minutes=1e-9, **RUNS[name])
    spec = replace(spec, head=HeadSpec(kind="mlp", dropout=0.5)) if "dropout" in name else spec
    cache = tmp_path / "cache"
    list(recorded(spec, tmp_path / "whole", cache))
    stopped(spec, tmp_path / "run", cache, kind, number)
    assert record(tmp_path / "run")["status"] == "cancelled"
    resumed(tmp_path / "run", cache)
    assert exact_results(tmp_path / "run") == exact_results(tmp_path / "whole")
    assert record(tmp_path / "run")["status"] == "done"
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, spec.train.all_epochs + 1))


@pytest.mark.slow
def test_a_resumed_run_yields_its_earlier_epochs_first(photos, tmp_path):
    spec = run_spec(photos, epochs=3)
    stopped(spec, tmp_path / "run", tmp_path / "cache", Progress, 99)
    (tmp_path / "again").mkdir()
    stopped(spec, tmp_path / "run2", tmp_path / "cache", Epoch, 2)
    events = resumed(tmp_path / "run2", tmp_path / "cache")
    assert only(events, RunStarted)[0].resumed == 2
    assert [epoch.epoch for epoch in only(events, Epoch)] == [1, 2, 3]
    assert events.index(only(events, Epoch)[1]) < events.index(only(events, Checkpoint)[0])


@pytest.mark.slow
def test_the_remaining_time_of_a_resumed_run_ignores_earlier_epochs(photos, tmp_path):
    spec = run_spec(photos, epochs=20)
    stopped(spec, tmp_path / "run", tmp_path / "cache", Epoch, 19)
    events = resumed(tmp_path / "run", tmp_path / "cache")
    progress = [event for event in only(events, Progress) if event.stage == "train"]
    assert progress[-1].done == 20
    assert progress[-1].rate <= 1 / only(events, Epoch)[-1].seconds


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_runs_killed_at_random_moments_equal_whole_ones():
    done = subprocess.run([sys.executable, str(KILLS), "--kills", "3", "--seed", "5"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("-> equal") == 3


@pytest.mark.parametrize("schedule", few(["constant", "cosine", "one_cycle"], ["one_cycle"]))
def test_an_extended_run_equals_one_with_the_same_plan_from_the_start(photos, tmp_path, schedule):
    cache = tmp_path / "cache"
    list(recorded(run_spec(photos, epochs=2, batch_size=4, schedule=schedule), tmp_path / "run", cache))
    resumed(tmp_path / "run", cache, 4)
    planned = run_spec(photos, epochs=4, batch_size=4, schedule=schedule, extended=(2,))
    list(recorded(planned, tmp_path / "whole", cache))
    assert exact_results(tmp_path / "run") == exact_results(tmp_path / "whole")
    assert record(tmp_path / "run")["spec"]["train"]["extended"] == [2]


@pytest.mark.slow
def test_an_extension_with_a_constant_schedule_equals_a_longer_run(photos, tmp_path):
    cache = tmp_path / "cache"
    list(recorded(run_spec(photos, epochs=2, batch_size=4), tmp_path / "run", cache))
    resumed(tmp_path / "run", cache, 4)
    list(recorded(run_spec(photos, epochs=4, batch_size=4), tmp_path / "whole", cache))
    assert exact_results(tmp_path / "run") == exact_results(tmp_path / "whole")


def test_a_run_that_stopped_early_is_extended_from_where_it_ended(photos, tmp_path):
    cache = tmp_path / "cache"
    spec = run_spec(photos, epochs=20, batch_size=4, lr=30.0, patience=2, optimizer="sgd")
    end = only(list(recorded(spec, tmp_path / "run", cache)), TrainingFinished)[0]
    done = len(record(tmp_path / "run")["epochs"])
    assert end.stopped_early
    assert done < 20
    assert done - end.best_epoch == 2
    with pytest.raises(UserError, match=f"{done} epochs already"):
        resumed(tmp_path / "run", cache, done)
    resumed(tmp_path / "run", cache, done + 2)
    assert record(tmp_path / "run")["spec"]["train"]["extended"] == [done]
    assert len(record(tmp_path / "run")["epochs"]) > done


def test_a_finished_run_is_extended_only_by_more_epochs(photos, tmp_path):
    list(recorded(run_spec(photos), tmp_path / "run", tmp_path / "cache"))
    before = exact_results(tmp_path / "run")
    for epochs, words in ((None, "finished"), (2, "2 epochs already"), (1, "2 epochs already")):
        with pytest.raises(UserError, match=words):
            list(training.resume(tmp_path / "run", epochs, cache=tmp_path / "cache"))
    assert exact_results(tmp_path / "run") == before


def test_a_run_keeps_its_split_where_the_program_makes_another_one_now(photos, tmp_path):
    spec = run_spec(photos, epochs=2)
    list(recorded(spec, tmp_path / "whole", tmp_path / "cache"))
    stopped(spec, tmp_path / "run", tmp_path / "cache", Epoch, 1)
    file = tmp_path / "run" / "run.json"
    content = json.loads(file.read_text())
    content["spec"]["dataset"]["seed"] += 1  # as another rule would
    file.write_text(json.dumps(content))
    events = resumed(tmp_path / "run", tmp_path / "cache")
    assert "divides these photos differently" in only(events, Warned)[0].title
    assert exact_results(tmp_path / "run") == exact_results(tmp_path / "whole")
    (replayed,) = only(list(replay(tmp_path / "run", cache=tmp_path / "cache")), RunReplayed)
    assert (replayed.result, replayed.why) == ("same", ())


@pytest.mark.parametrize("change", ["gone", "new", "changed"])
def test_other_photos_than_the_runs_are_refused_by_name(photos, tmp_path, change):
    stopped(run_spec(photos, epochs=3), tmp_path / "run", tmp_path / "cache", Epoch, 1)
    photo = photos / "cold" / "00.jpg"
    if change == "gone":
        photo.unlink()
    elif change == "new":
        (photos / "cold" / "zz.jpg").write_bytes((photos / "cold" / "01.jpg").read_bytes())
    else:
        photo.write_bytes((photos / "warm" / "00.jpg").read_bytes())
    named = "cold/zz.jpg is new" if change == "new" else f"cold/00.jpg (is|was) {change}"
    with pytest.raises(UserError, match=named) as fault:
        resumed(tmp_path / "run", tmp_path / "cache")
    assert "out of the folder" in fault.value.hint if change == "new" else "put the photos back" in fault.value.hint
    assert len(record(tmp_path / "run")["epochs"]) == 1, "nothing was lost"


def test_an_added_class_is_named_and_the_record_does_not_change(photos, tmp_path):
    stopped(run_spec(photos, epochs=3), tmp_path / "run", tmp_path / "cache", Epoch, 1)
    before = record(tmp_path / "run")
    shutil.copytree(photos / "warm", photos / "another")
    (photos / "cold" / "00.jpg").unlink()
    with pytest.raises(UserError, match=r"class “another” is new \(12 photos\); cold/00.jpg is gone\.") as fault:
        resumed(tmp_path / "run", tmp_path / "cache")
    assert "move “another” out of the folder and put the photos back" in fault.value.hint
    assert "warm" not in fault.value.title, "its photos are the same, although their label has changed"
    assert {**record(tmp_path / "run"), "failure": 0, "ended": 0} == {**before, "failure": 0, "ended": 0}
    shutil.rmtree(photos / "another")
    shutil.copy(photos / "cold" / "01.jpg", photos / "cold" / "00.jpg")
    with pytest.raises(UserError, match=r"cold/00.jpg was changed"):
        resumed(tmp_path / "run", tmp_path / "cache")


def test_a_damaged_checkpoint_is_an_error_that_names_it(photos, tmp_path):
    stopped(run_spec(photos, epochs=3), tmp_path / "run", tmp_path / "cache", Epoch, 1)
    file = tmp_path / "run" / "checkpoint.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(UserError, match="checkpoint"):
        resumed(tmp_path / "run", tmp_path / "cache")


@pytest.mark.slow
def test_a_run_killed_after_its_last_checkpoint_only_repeats_its_results(photos, tmp_path):
    cache = tmp_path / "cache"
    list(recorded(run_spec(photos), tmp_path / "whole", cache))
    stopped(run_spec(photos), tmp_path / "run", cache, Epoch, 2)
    (tmp_path / "run" / "head.safetensors").unlink()
    (tmp_path / "run" / "predictions.csv").unlink()
    events = resumed(tmp_path / "run", cache)
    assert not only(events, Step)
    assert exact_results(tmp_path / "run") == exact_results(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("lost", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["kept", "outcome lost"])
def test_a_resumed_run_without_a_better_epoch_keeps_the_best_predictions(photos, tmp_path, lost):
    spec, cache = run_spec(photos, epochs=4, batch_size=4, lr=30.0, optimizer="sgd"), tmp_path / "cache"
    list(recorded(spec, tmp_path / "whole", cache))
    whole, run = record(tmp_path / "whole"), tmp_path / "run"
    assert whole["judged_epoch"] == whole["result_epoch"] < 3, "it gets worse"
    stopped(spec, run, cache, Epoch, 3)
    (run / "predictions.csv").unlink()  # as after a kill, because they are not written after every epoch
    data = {name: value for name, value in record(run).items() if name not in ("report", "judged_epoch")}
    (run / "run.json").write_text(json.dumps(data | {"confusion": None}))
    if lost:
        (run / "best" / "outcome.safetensors").unlink()
    events = resumed(run, cache)
    assert bool([event for event in only(events, Warned) if "are missing in" in event.title]) == lost
    assert "report" in record(run)
    assert record(run)["judged_epoch"] == (4 if lost else whole["judged_epoch"])
    assert (exact_results(run) == exact_results(tmp_path / "whole")) != lost


@pytest.mark.slow
def test_resuming_with_another_number_of_threads_causes_a_warning(photos, tmp_path):
    stopped(run_spec(photos, epochs=2), tmp_path / "run", tmp_path / "cache", Epoch, 1)
    state = checkpoints.read(tmp_path / "run")
    assert state is not None
    checkpoints.write(tmp_path / "run", replace(state, threads=64))
    events = resumed(tmp_path / "run", tmp_path / "cache")
    assert any("64 threads" in warning.title for warning in only(events, Warned))


def test_a_checkpoint_is_read_as_it_was_written(photos, tmp_path):
    list(recorded(run_spec(photos), tmp_path / "run", tmp_path / "cache"))
    state = checkpoints.read(tmp_path / "run")
    assert state is not None
    assert [epoch.epoch for epoch in state.epochs] == [1, 2]
    assert all(isinstance(tensor, Tensor) for tensor in state.of("head.").values())
    assert set(state.of("optimizer.")) >= {"0.exp_avg", "0.exp_avg_sq", "0.step"}
    assert not list((tmp_path / "run").glob(".checkpoint*")), "no temporary files are left"


@pytest.mark.slow
def test_random_augmentation_is_the_same_after_a_resume(photos, tmp_path):
    cache = tmp_path / "cache"
    augment = AugmentSpec((AugmentStep("flip"), AugmentStep("colour")))
    spec = replace(run_spec(photos, FreezePlan(), epochs=2, batch_size=4, checkpoint_minutes=1e-9), augment=augment)
    spec = replace(spec, head=HeadSpec(kind="mlp", dropout=0.5))
    list(recorded(spec, tmp_path / "whole", cache))
    stopped(spec, tmp_path / "run", cache, Checkpoint, 7)
    resumed(tmp_path / "run", cache)
    assert exact_results(tmp_path / "run") == exact_results(tmp_path / "whole")
    assert only(resumed(tmp_path / "run", cache, 3), DatasetScanned)
