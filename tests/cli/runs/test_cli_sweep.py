"""`thaw sweep`: refusals, and whole sweeps that are stopped and go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from terminal import QUICK, refused
from tiny import record, run_spec

from studio.commands import training
from studio.commands.batches.sweep import sweep
from studio.events import Epoch, RunStarted, Stage, SweepFinished, Warned
from studio.jobs.protocol import never
from studio.planning.sweeps.space import of_document
from studio.runs.batches import sweep_record
from studio.runs.files import description
from studio.spec import UserError

GRID = {"settings": {"lr": [0.001, 0.01], "head": ["linear", "mlp"]}}


def write(file: Path, document: Any) -> Path:
    file.write_text(json.dumps(document))
    return file


def finished(events: list[Any]) -> SweepFinished:
    return next(event for event in events if isinstance(event, SweepFinished))


def complete_files(out: Path) -> dict[Path, tuple[int, int]]:
    """Time of change and size of each file of the finished runs of a sweep."""
    folders = [file.parent for file in out.rglob("run.json") if record(file.parent).get("status") == "done"]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in files}


def losses(result: SweepFinished) -> list[tuple[Any, ...]]:
    return [(dict(run.settings), run.value, run.stopped, run.complete) for run in result.runs]


def test_mistakes_are_refused_before_anything_is_read(shared_photos, thaw, tmp_path):
    file = write(tmp_path / "space.json", {"settings": {"lrr": [1]}})
    refused(thaw("sweep", shared_photos, file), "space.json", "“lrr”", "Did you mean lr")
    refused(thaw("sweep", shared_photos, tmp_path / "none.json"), "There is no file")
    write(file, {"settings": {"backbone": ["resnet18", "mobilenet_v2"]}})
    refused(thaw("sweep", shared_photos, file, "--fine-tune"), "--fine-tune", "“backbone”")
    refused(thaw("sweep", shared_photos, file, "--from-scratch"), "--from-scratch")
    document = json.loads(thaw("sweep", shared_photos, tmp_path / "none.json", "--json")[1])
    assert document["file"] == str(tmp_path / "none.json")


@pytest.mark.slow
def test_a_sweep_is_ranked_and_the_same_command_trains_nothing_again(shared_photos, thaw, tmp_path):
    file, out = write(tmp_path / "space.json", {**GRID, "stop_early": {"after": 1, "runs": 2}}), tmp_path / "sweep"
    command = ("sweep", shared_photos, file, *QUICK, "--epochs", 2, "--out", out, "--test-fraction", 0.2)
    status, text, _ = thaw(*command, "--json")
    assert status == 0
    document = json.loads(text)
    assert document["criterion"] == "lowest validation loss"
    complete = [run["value"] for run in document["runs"] if run["state"] == "done"]
    assert complete == sorted(complete)
    assert document["best"] == document["runs"][0]
    assert document["best"]["interval"][0] <= document["best"]["accuracy"] <= document["best"]["interval"][1]
    assert "chosen among 4 runs" in document["caution"]
    assert 0 <= document["test"]["accuracy"]["value"] <= 1
    assert set(document["runs"][0]["settings"]) == {"lr", "head"}
    before = {path: path.stat().st_mtime_ns for path in out.rglob("run.json")}
    assert len(before) == 4
    assert description.read(next(iter(before)).parent).tags == ("sweep sweep",)
    status, text, error = thaw(*command)
    assert status == 0
    assert "epoch 1" not in error
    assert {path: path.stat().st_mtime_ns for path in out.rglob("run.json")} == before
    assert text.splitlines()[0].split()[:4] == ["LR", "HEAD", "LOWEST", "LOSS"]
    assert "On " in text.splitlines()[-1]
    write(file, {"settings": {**GRID["settings"], "seed": [7, 8]}})
    assert thaw(*command)[0] == 0
    assert len(list(out.rglob("run.json"))) == 8, "only the runs with the new seed"
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 2, 5])
def test_a_resumed_sweep_has_the_result_of_an_uninterrupted_one(epoch, shared_photos, tmp_path):
    space = of_document({"settings": {"lr": [0.001, 0.01], "seed": [7, 8]}, "stop_early": {"after": 2, "runs": 2}})
    spec = run_spec(shared_photos, epochs=3)
    whole = finished(list(sweep(spec, space, out=tmp_path / "whole")(never)))
    stopped = sweep(spec, space, out=tmp_path / "stopped")(never)
    seen = 0
    while seen < epoch:
        seen += isinstance(next(stopped), Epoch)
    stopped.close()  # type: ignore[attr-defined]
    before = complete_files(tmp_path / "stopped")
    assert len({path.parent for path in before if path.name == "run.json"}) == (epoch - 1) // 3
    events = list(sweep(spec, space, out=tmp_path / "stopped")(never))
    assert losses(finished(events)) == losses(whole)
    assert len([event for event in events if isinstance(event, RunStarted)]) == 4 - (epoch - 1) // 3
    after = complete_files(tmp_path / "stopped")
    assert len({path.parent for path in after if path.name == "run.json"}) == 4
    assert before.items() <= after.items(), "no file of a finished run is written again"
    first = {path.parent for path in before}
    assert {path for path in after if path.parent in first} == set(before), "nor a file added"
    list(sweep(spec, space, out=tmp_path / "stopped")(never))
    assert complete_files(tmp_path / "stopped") == after


@pytest.mark.slow
def test_a_hopeless_run_is_stopped_and_not_resumed(shared_photos, tmp_path):
    space = of_document({"settings": {"lr": [0.003, 0.004, 1e-9]}, "stop_early": {"after": 2, "runs": 2}})
    spec = run_spec(shared_photos, epochs=4)
    result = finished(list(sweep(spec, space, out=tmp_path / "s")(never)))
    last = result.runs[-1]
    assert (last.settings["lr"], last.stopped, last.complete) == ("1e-09", 2, False)
    assert last.run is not None
    assert (last.run.state, last.run.epochs) == ("cancelled", 2)
    again = list(sweep(spec, space, out=tmp_path / "s")(never))
    assert not [event for event in again if isinstance(event, RunStarted)]
    assert finished(again).runs == result.runs
    list(training.resume(Path(last.run.path))(never))
    assert len(record(Path(last.run.path))["epochs"]) == 4, "by hand it can go on"


@pytest.mark.slow
def test_a_failed_run_does_not_end_the_sweep_and_an_unknown_layer_prevents_it(shared_photos, tmp_path, monkeypatch):
    spec = run_spec(shared_photos, epochs=1)
    real = training.train

    def train(one, run):
        return failing if one.train.lr == 0.01 else real(one, run)

    def failing(_stop):
        raise UserError("The loss is not a number.", "Lower the rate.")
        yield

    monkeypatch.setattr(training, "train", train)
    space = of_document({"settings": {"lr": [0.01, 0.001]}})
    events = list(sweep(spec, space, out=tmp_path / "s")(never))
    assert any(isinstance(event, Warned) and "The loss is not a number" in event.title for event in events)
    result = finished(events)
    assert [(run.failure, run.complete) for run in result.runs] == [("", True), ("The loss is not a number.", False)]
    assert result.best == 0
    assert sorted(path.name for path in (tmp_path / "s").glob("run-*")) == ["run-002"], "no empty folder stays"
    monkeypatch.setattr(training, "train", real)
    assert all(run.complete for run in finished(list(sweep(spec, space, out=tmp_path / "s")(never))).runs)
    wrong = of_document({"settings": {"lr": [0.1], "freeze_until": ["blocks.3", "blocks.9"]}})
    steps = sweep(spec, wrong, out=tmp_path / "wrong")(never)
    with pytest.raises(UserError, match=r"freeze_until blocks\.9 is refused: The network has no layer"):
        assert not [event for event in steps if isinstance(event, Stage) and event.name == "sweep"]


def test_a_sweep_in_progress_and_a_damaged_record_are_refused(shared_photos, tmp_path):
    space, spec = of_document(GRID), run_spec(shared_photos, epochs=1)
    first = sweep(spec, space, out=tmp_path / "s")(never)
    next(event for event in first if isinstance(event, Stage) and event.name == "sweep")
    with pytest.raises(UserError, match="in progress already, in process"):
        list(sweep(spec, space, out=tmp_path / "s")(never))
    first.close()  # type: ignore[attr-defined]
    for content in ("{", '{"version": 9}', '{"runs": [{"settings": {}, "spec": {}}]}'):
        (tmp_path / "s" / sweep_record.FILE).write_text(content)
        with pytest.raises(UserError, match=r"sweep\.json"):
            list(sweep(spec, space, out=tmp_path / "s")(never))
