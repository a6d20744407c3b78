"""A run resumes after a power cut, or a kill between two files, with the result of an uninterrupted run.

A power cut is simulated: the newest version of a file is damaged, as if its name had reached the disk but its content
had not. Kills are real: the process ends itself with SIGKILL right before it replaces a file of its run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import only, record, recorded, run_spec

from studio.engine.training import run as training
from studio.engine.training.run_files import checkpoints, weight_files
from studio.events import Epoch, Warned
from studio.runs import folder as runs
from studio.spec import UserError
from studio.system.files import atomic_files

WEIGHTS = ("head.safetensors", "thawed.safetensors", "best/head.safetensors", "best/thawed.safetensors")


def resumed(run: Path, cache: Path) -> list:
    return list(runs.record_events(training.resume(run, cache=cache), run, resumed=True))


def weights(run: Path) -> dict[str, bytes]:
    state = checkpoints.read(run)
    assert state is not None
    content = {name: (run / name).read_bytes() for name in WEIGHTS if (run / name).exists()}
    return content | {name: tensor.numpy().tobytes() for name, tensor in state.tensors.items()}


def cut_short(spec, run: Path, cache: Path, epochs: int) -> None:
    """A run whose process was killed after some epochs, so that its last files are not synced."""
    pid = os.fork()
    if pid == 0:
        for event in recorded(spec, run, cache):
            if isinstance(event, Epoch) and event.epoch == epochs:
                os.kill(os.getpid(), signal.SIGKILL)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


forks = pytest.mark.skipif(sys.platform == "win32", reason="forks")


@pytest.fixture
def spec(photos):
    return run_spec(photos, epochs=4, batch_size=4)


def tear(file: Path, how: str) -> None:
    """Damage a file as file systems do: empty, truncated, or of the right size but all zeros."""
    content = file.read_bytes()
    file.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "zeros": content[:-400] + bytes(400)}[how])


@forks
@pytest.mark.slow
@pytest.mark.parametrize("how", ["empty", "cut", "zeros"])
def test_a_torn_checkpoint_costs_the_seconds_since_the_last_safe_one(spec, tmp_path, how):
    run, cache = tmp_path / "run", tmp_path / "cache"
    list(recorded(spec, tmp_path / "whole", cache))
    cut_short(spec, run, cache, 3)
    tear(run / "checkpoint.safetensors", how)
    for name in ("head.safetensors", "best/head.safetensors"):
        tear(run / name, how)
    events = resumed(run, cache)
    assert any("last checkpoint" in warning.title for warning in only(events, Warned))
    assert weights(run) == weights(tmp_path / "whole")
    assert record(run)["status"] == "done"
    assert not list(run.glob(".*.kept")), "all files are synced at the end"


@pytest.mark.slow
@forks
def test_a_torn_record_is_read_from_its_backup(spec, tmp_path):
    run, cache = tmp_path / "run", tmp_path / "cache"
    cut_short(spec, run, cache, 3)
    tear(run / "run.json", "cut")
    assert runs.read(run).spec.train.epochs == 4
    resumed(run, cache)
    assert [epoch["epoch"] for epoch in record(run)["epochs"]] == [1, 2, 3, 4]


def test_the_error_for_a_torn_checkpoint_without_a_backup_names_the_file(spec, tmp_path):
    list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    tear(tmp_path / "run" / "checkpoint.safetensors", "zeros")
    with pytest.raises(UserError, match=r"checkpoint\.safetensors cannot be read .*checksum does not match"):
        checkpoints.read(tmp_path / "run")


def test_a_damaged_backup_that_is_the_only_checkpoint_is_named(tmp_path):
    backup = atomic_files.backup_path(tmp_path / "checkpoint.safetensors")
    backup.write_bytes(b"damaged")
    with pytest.raises(UserError, match="cannot be read") as fault:
        checkpoints.read(tmp_path)
    assert fault.value.file == str(backup)
    assert str(backup) in fault.value.title


@pytest.mark.slow
def test_all_files_are_synced_when_a_run_ends_or_is_stopped(spec, tmp_path, monkeypatch):
    for stop_at, run in ((99, tmp_path / "whole"), (2, tmp_path / "stopped")):
        settled: list[Path] = []
        monkeypatch.setattr(atomic_files, "_sync", settled.append)
        running = recorded(spec, run, tmp_path / "cache")
        for event in running:
            if isinstance(event, Epoch):
                settled.clear()
                if event.epoch == stop_at:
                    break
        running.close()
        names = {file.name for file in settled}
        assert names >= {"checkpoint.safetensors", "head.safetensors", "metrics.jsonl", "predictions.csv"}
        assert run / "best" / "head.safetensors" in settled
        assert any(name.startswith(".run.json.") for name in names)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tiny import LAST_BLOCK, recorded, run_spec
import studio.engine.training.run
from studio.system.files import atomic_files as files

spec = run_spec(Path({photos!r}), LAST_BLOCK, epochs=3, batch_size=4, lr=1e-4, backbone_lr=1e-5)
replace = Path.replace

def trained(run, name="", number=0):
    left = [number]
    def dying(self, target):
        left[0] -= str(Path(target).relative_to(run)) == name if Path(target).is_relative_to(run) else 0
        if name and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(self, target)
    Path.replace = dying
    for _ in recorded(spec, run, Path({cache!r})):
        pass
    os._exit(0)

for case in {cases!r}:
    child = os.fork()
    if not child:
        trained(Path({root!r}, case[0]), *case[1:])
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

CASES = [
    ("whole", "", 0),
    ("before-checkpoint-2", "checkpoint.safetensors", 2),
    ("checkpoint-but-no-best", "best/head.safetensors", 2),
    ("best-head-but-no-best-thawed", "best/thawed.safetensors", 2),
    ("best-but-no-head", "head.safetensors", 2),
    ("head-but-no-thawed", "thawed.safetensors", 2),
    ("the-last-head-but-no-thawed", "thawed.safetensors", 3),
    ("the-first-head-but-no-thawed", "thawed.safetensors", 1),
]


@pytest.mark.slow
@forks
def test_a_kill_between_head_and_thawed_layers_never_loses_a_usable_pair(photos, tmp_path):
    places = {
        "tests": str(Path(__file__).parents[3] / "support" / "engine"),
        "photos": str(photos),
        "root": str(tmp_path),
    }
    code = KILLED.format(cases=CASES, cache=str(tmp_path / "cache"), **places)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["0"] + ["-9"] * (len(CASES) - 1), done.stderr
    whole = weights(tmp_path / "whole")
    assert record(tmp_path / "whole")["best_epoch"] == 3, "each epoch writes the best pair, too"
    torn = 0
    for name, *_ in CASES[1:]:
        run = tmp_path / name
        for folder in (run, run / "best"):
            try:
                weight_files.load(folder)
            except UserError as fault:
                torn += "different epochs" in fault.title
        going = runs.record_events(training.resume(run, cache=tmp_path / "cache"), run, resumed=True)
        for event in going:  # the weights are consistent again before any step
            if isinstance(event, Epoch):
                break
        going.close()
        for which in ("last", "best"):
            state = checkpoints.read(run)
            assert state is not None
            assert weight_files.of_epoch(run, which)[1] == len(state.epochs)
        if record(run)["status"] != "done":
            resumed(run, tmp_path / "cache")
        assert weights(run) == whole, name
        assert not list(run.rglob(".*.????????")), "no temporary files are left"
    assert torn >= 3, "some kills happened between two files"
