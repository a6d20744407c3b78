"""Several workers that the real `torchrun` starts: Ctrl+C ends all of them, and the run can be resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no such signals there"),
]


def begun(logs: Path, run: Path) -> bool:
    return any("Starting" in file.read_text() for file in logs.rglob("stderr.log"))


def extracting(logs: Path, run: Path) -> bool:
    return bool(list(Path(os.environ["XDG_CACHE_HOME"]).rglob("*.keys")))


def in_epoch_2(logs: Path, run: Path) -> bool:
    return (run / "metrics.jsonl").exists() and (run / "metrics.jsonl").stat().st_size > 0


@pytest.mark.parametrize("moment", [begun, extracting, in_epoch_2])
def test_ctrl_c_ends_every_worker_with_one_sentence(photos, tmp_path, moment):
    logs, run = tmp_path / "logs", tmp_path / "run"
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--log-dir", str(logs), "--redirects", "3", "-m", "studio", "train", str(photos), "--device", "cpu"]
    command += ["--thaw", "blocks.6", "--epochs", "1000", "--batch-size", "4", "--out", str(run)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment = {name: value for name, value in environment.items() if name not in ("RANK", "WORLD_SIZE")}
    with subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as launcher:
        wait_for(lambda: moment(logs, run), alive=lambda: launcher.poll() is None)
        os.killpg(launcher.pid, signal.SIGINT)  # as a terminal does
        launcher.communicate()  # its own traceback is torch's
    errors = {file.parent.name: file.read_text() for file in logs.rglob("stderr.log")}
    assert set(errors) == {"0", "1"}
    assert errors["0"].splitlines().count("thaw: Stopped.") == 1, errors["0"]
    assert errors["1"] == ""
    assert "Traceback" not in errors["0"]
    assert not any(file.read_text() for file in logs.rglob("stdout.log"))
    if moment is begun:
        return
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "cancelled"
    if moment is in_epoch_2:
        assert "To resume it: thaw resume" in errors["0"]
        assert (run / "checkpoint.safetensors").exists()
