"""`thaw runs` and `thaw resume` with real runs, one of which is killed."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from photo_folder import write_photos
from waiting import wait_for

from studio.cli.options import specs
from studio.cli.options.parser import make_parser
from studio.runs import index

QUICK = ("--image-size", "32", "--device", "cpu")


@pytest.fixture
def run(photos, tmp_path, thaw) -> Path:
    assert thaw("train", photos, *QUICK, "--epochs", 2, "--out", tmp_path / "runs" / "first")[0] == 0
    return tmp_path / "runs" / "first"


@pytest.mark.slow
def test_runs_lists_runs_and_names_other_folders(run, thaw):
    (run.parent / "holiday").mkdir()
    status, out, _ = thaw("runs", run.parent)
    header, row, *rest = out.splitlines()
    assert status == 0
    assert header.split() == [
        "STATE", "NAME", "BACKBONE", "PHOTOS", "CLASSES", "PLAN", "EPOCHS", "RESULT", "VALIDATION", "TIME", "STARTED",
        "SIZE",
    ]  # fmt: skip
    assert row.split()[:3] == ["done", "first", "tf_efficientnet_lite0"]
    for words in ("24", "all frozen", "2 of 2", ", lowest loss", "%", "MB"):
        assert words in row
    assert f"1 run in {run.parent}" in rest
    assert any("holiday" in line for line in rest)
    data = json.loads(thaw("runs", run.parent, "--json")[1])
    assert data["runs"][0]["accuracy"] == json.loads((run / "run.json").read_text())["val_accuracy"]
    assert (data["runs"][0]["state"], data["runs"][0]["name"], data["runs"][0]["extendable"]) == ("done", "first", True)
    assert data["unreadable"] == [{"path": str(run.parent / "holiday"), "reason": "holds no run", "count": 1}]


def test_a_missing_folder_of_runs_is_an_empty_list(thaw):
    assert thaw("runs")[:2] == (0, thaw("runs")[1])
    assert "0 runs in" in thaw("runs")[1]
    assert json.loads(thaw("runs", "--json")[1])["runs"] == []


@pytest.mark.parametrize("arguments", [("runs", "nowhere"), ("resume", "nowhere"), ("resume", ".", "--epochs", "3")])
def test_a_mistyped_folder_is_named(tmp_path, monkeypatch, thaw, arguments):
    monkeypatch.chdir(tmp_path)
    status, out, err = thaw(*arguments)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("thaw: ")
    assert str(tmp_path) in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_extending_a_finished_run_prints_the_output_of_train(run, photos, thaw):
    status, out, err = thaw("resume", run)
    assert (status, out) == (2, "")
    assert "is done" in err
    status, out, err = thaw("resume", run, "--epochs", 4)
    assert status == 0
    first = thaw("train", photos, *QUICK, "--epochs", 4, "--out", run.parent / "whole")
    assert [line.split() for line in out.splitlines()[:5]] == [line.split() for line in first[1].splitlines()[:5]]
    assert [line for line in out.splitlines() if line.startswith(("Run:", "Export"))] == [
        f"Run: {run}", f"Export the head: thaw export {run} --out head.safetensors"
    ]  # fmt: skip
    status, out, _ = thaw("resume", run, "--epochs", 5, "--json")
    assert [epoch["epoch"] for epoch in json.loads(out)["epochs"]] == [1, 2, 3, 4, 5]
    assert (run / "head.safetensors").is_file()


@pytest.mark.slow
def test_resuming_a_run_without_its_photos_is_an_error(run, photos, thaw, monkeypatch):
    photos.rename(photos.with_name("elsewhere"))
    run = run.rename(run.with_name("-my run"))
    monkeypatch.chdir(run.parent)
    before = (run / "run.json").read_bytes()
    status, _, err = thaw("resume", "--epochs", 4, "--", "-my run")
    assert status == 2
    assert str(photos) in err
    assert f"thaw resume {shlex.quote(str(run))} --data FOLDER" in err, "also for a name like an option's"
    assert (run / "run.json").read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_killed_run_is_listed_as_interrupted_and_resumes(tmp_path, thaw):
    photos, run = write_photos(tmp_path / "many", each=60), tmp_path / "runs" / "killed"
    command = [sys.executable, "-m", "studio.__main__", "train", str(photos), *QUICK, "--thaw", "blocks.6"]
    command += ["--epochs", "8", "--batch-size", "4", "--out", str(run)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        wait_for(lambda: _epochs(run) or running.poll() is not None)
        assert json.loads(thaw("runs", run.parent, "--json")[1])["runs"][0]["state"] == "running"
        status, _, err = thaw("resume", run)
        assert status == 2
        assert f"process {running.pid}" in err
        running.send_signal(signal.SIGKILL)
    listed = json.loads(thaw("runs", run.parent, "--json")[1])["runs"][0]
    assert (listed["state"], listed["resumable"]) == ("interrupted", True)
    assert listed["epochs"] == _epochs(run)
    assert listed["epochs"] < 8
    assert f"thaw resume {run}" in thaw("runs", run.parent)[1]
    status, out, _ = thaw("resume", run, "--json")
    assert status == 0
    assert len(json.loads(out)["epochs"]) == 8


def killed(run: Path, *command: object, when: Callable[[], bool]) -> None:
    """Start `thaw train` in a separate process and kill it when `when` returns True."""
    words = [sys.executable, "-m", "studio.__main__", "train", *map(str, command), *QUICK, "--out", str(run)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        wait_for(lambda: when() or running.poll() is not None)
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_run_killed_before_its_first_checkpoint_starts_again_in_its_folder(tmp_path, thaw):
    photos, run = write_photos(tmp_path / "many", each=150), tmp_path / "runs" / "killed"
    killed(run, photos, "--epochs", 2, when=(run / "run.json").exists)
    listed = json.loads(thaw("runs", run.parent, "--json")[1])["runs"][0]
    assert (listed["state"], listed["epochs"], listed["checkpoint"], listed["resumable"]) == (
        "interrupted",
        0,
        "",
        True,
    )
    assert "interrupted before its first epoch. To resume it: thaw resume" in thaw("runs", run.parent)[1]
    status, out, err = thaw("resume", run, "--json")
    assert status == 0
    assert "starts from the beginning in the same folder" in err
    data = json.loads(out)
    assert (data["status"], len(data["epochs"]), data["run"]) == ("done", 2, str(run))
    assert not list(run.glob(".*.????????")), "no scraps of the killed one are left"


@pytest.mark.slow
def test_a_run_without_a_record_says_what_to_do_and_its_folder_can_be_used_again(photos, tmp_path, thaw):
    run = tmp_path / "run"
    run.mkdir()
    for name in (".lock", ".holder.json", "metrics.jsonl", ".run.json.a1b2c3d4"):
        (run / name).touch()
    status, _, err = thaw("resume", run)
    assert status == 2
    assert "ended before its record began" in err
    assert "Start it again" in err
    assert thaw("train", photos, *QUICK, "--epochs", 1, "--out", run)[0] == 0
    assert not (run / ".run.json.a1b2c3d4").exists()


@pytest.mark.slow
def test_moved_photos_are_read_from_the_folder_of_data(run, photos, tmp_path, thaw):
    moved = photos.rename(tmp_path / "elsewhere")
    status, _, err = thaw("resume", run, "--epochs", 3)
    assert status == 2
    assert f"thaw resume {run} --data FOLDER" in err
    assert thaw("resume", run, "--epochs", 3, "--data", tmp_path / "nowhere")[0] == 2
    status, out, _ = thaw("resume", run, "--epochs", 3, "--data", moved, "--json")
    assert status == 0
    assert json.loads(out)["spec"]["dataset"]["folder"] == str(moved)
    assert json.loads(out)["features"]["computed"] == 0, "the same photos, wherever they are"
    assert thaw("resume", run, "--epochs", 4)[0] == 0, "now it knows"
    (moved / "cold" / "00.jpg").write_bytes((moved / "warm" / "00.jpg").read_bytes())
    status, _, err = thaw("resume", run, "--epochs", 5, "--data", moved)
    assert status == 2
    # A photo is in the split that follows from its content.
    assert re.search(r"cold/00\.jpg (was changed|is in another split)", err)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["record", "settings"])
def test_a_run_of_a_newer_version_is_not_changed(run, thaw, part):
    data = json.loads((run / "run.json").read_text())
    (data if part == "record" else data["spec"])["version"] = 99
    (run / "run.json").write_text(json.dumps(data))
    before = (run / "run.json").read_bytes()
    status, _, err = thaw("resume", run, "--epochs", 4)
    assert status == 2
    assert "newer version of Thaw Studio" in err
    assert "Update the program" in err
    assert (run / "run.json").read_bytes() == before
    assert "newer version of Thaw Studio" in thaw("runs", run.parent)[1]


def _epochs(run: Path) -> int:
    file = run / "metrics.jsonl"
    return len(file.read_text().splitlines()) if file.exists() else 0


@pytest.mark.slow
def test_an_interrupted_run_prints_how_to_resume_it(photos, tmp_path, thaw, monkeypatch):
    from studio.commands import training

    run = tmp_path / "my run"
    work = training.train

    def broken(*arguments):
        def events(stop):
            for event in work(*arguments)(stop):
                yield event
                if type(event).__name__ == "Checkpoint":
                    raise KeyboardInterrupt

        return events

    monkeypatch.setattr(training, "train", broken)
    status, _, err = thaw("train", photos, *QUICK, "--epochs", 3, "--out", run)
    assert status == 130
    assert err.splitlines()[-2:] == [f"To resume it: thaw resume '{run}'", "thaw: Stopped."]
    assert thaw("resume", run)[0] == 0


def test_runs_are_printed_as_commands_and_scripts_that_train_with_the_same_settings(thaw, tmp_path):
    stored = Path(__file__).parents[2] / "stored_runs" / "v0.1"
    spec = index.summary(stored / "fine_tuned").spec
    status, line, _ = thaw("runs", stored / "fine_tuned", "--as", "command")
    assert status == 0
    assert specs.run_of(make_parser().parse_args(shlex.split(line)[1:])) == spec
    assert thaw("runs", stored / "fine_tuned", "--as", "gpus")[1].startswith(
        "torchrun --nproc-per-node=auto -m studio "
    )
    assert thaw("runs", stored / "fine_tuned", "--as", "script")[1].startswith("import studio\n\nrun = studio.train(\n")
    document = json.loads(thaw("runs", stored, "--as", "command", "--json")[1])
    assert [run["command"] for run in document["runs"] if run["name"] == "fine_tuned"] == [line.strip()]
    text = thaw("runs", stored, "--as", "command")[1]
    assert text.count("# ") == text.count("thaw train ") == len(document["runs"])
