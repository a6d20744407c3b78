"""Behavior that needs a separate process: imports, signals, pipes, a minimal terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from waiting import wait_for

HEAVY = ("torch", "torchvision", "timm", "PySide6", "sklearn")
THAW = (sys.executable, "-m", "studio.__main__")


@pytest.mark.slow
def test_neither_torch_nor_qt_is_imported_where_it_is_not_needed(photos):
    lines = (
        "--help", "train --help", "--version", "scan PHOTOS", "scan PHOTOS --json", "backbones",
        "backbones resnet --json", "scan nowhere", "train nowhere", "train PHOTOS --epochs 0",
        "train PHOTOS --backbone resnet81", "trian PHOTOS", "runs", "runs --json", "runs PHOTOS", "resume nowhere",
    )  # fmt: skip
    commands = [[str(photos) if word == "PHOTOS" else word for word in line.split()] for line in lines]
    code = f"""
import sys
from studio.cli.main import main
for arguments in {commands!r}:
    try:
        main(arguments)
    except SystemExit:
        pass
    imported = [name for name in {HEAVY!r} if name in sys.modules]
    assert not imported, (arguments, imported)
"""
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_help_lists_every_command():
    done = subprocess.run([*THAW, "--help"], capture_output=True, text=True, check=True)
    for command in (
        "demo",
        "scan",
        "backbones",
        "layers",
        "train",
        "resume",
        "runs",
        "extract",
        "predict",
        "export",
        "thaw [FOLDER|FILE.thaw]",
    ):
        assert command in done.stdout


@pytest.mark.slow
def test_a_closed_pipe_is_no_error():
    with subprocess.Popen([*THAW, "backbones"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.read(10)
        running.stdout.close()
        errors = running.stderr.read()
        assert running.wait() == 0
    assert errors == b""


def many_photos(folder: Path) -> Path:
    random = np.random.default_rng(1)
    for name in ("cold", "warm"):
        (folder / name).mkdir(parents=True)
        for number in range(300):
            Image.fromarray(random.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(folder / name / f"{number}.png")
    return folder


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_ctrl_c_during_extraction_exits_with_130_and_cancels_the_run(tmp_path):
    folder, run = many_photos(tmp_path / "photos"), tmp_path / "run"
    command = [*THAW, "train", str(folder), "--json", "--device", "cpu", "--out", str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        cache = Path(os.environ["XDG_CACHE_HOME"])
        wait_for(lambda: list(cache.rglob("*.keys")) or running.poll() is not None)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    assert running.returncode == 130, err
    assert json.loads(out) == {"error": "Stopped.", "hint": "", "file": None}
    assert "Traceback" not in err
    assert "thaw: Stopped." in err.splitlines()
    data = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert data["status"] == "cancelled"
    assert data["classes"] == ["cold", "warm"]
    assert not (run / "head.safetensors").exists()


@pytest.mark.slow
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["words", "json"])
def test_a_terminal_of_another_alphabet_shows_every_name(photos, form):
    (photos / "cold").rename(photos / "Kälte 猫 😀")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([*THAW, "scan", str(photos), *form], capture_output=True, env=environment, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr.decode()
    if form:
        assert json.loads(done.stdout)["classes"] == ["Kälte 猫 😀", "warm"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_sigterm_stops_like_ctrl_c(photos):
    code = (
        "import os, signal, sys; from studio.cli.data import dataset as cli_scan; from studio import __main__ as start;"
        "cli_scan.scan = lambda options: os.kill(os.getpid(), signal.SIGTERM);"
        "sys.argv[1:] = ['scan', 'x']; start.run()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "thaw: Stopped.\n")
