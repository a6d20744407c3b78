"""`thaw` as a separate process, blocked by a server that does not answer, by another `thaw`, or by a sleep."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from waiting import wait_for

from studio.cli import main
from studio.runs.files import lock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")

THAW = (sys.executable, "-m", "studio.__main__")
QUICK = ("--image-size", "32", "--device", "cpu")
Hang = Callable[[Path], None]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts programs, which are ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*command: object) -> subprocess.Popen[str]:
        words = [str(word) for word in command]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(words, **pipes, text=True))
        return started[-1]

    yield begin
    for program in started:
        program.kill()
        program.communicate()


def until(there: Callable[[], object], program: subprocess.Popen[str]) -> None:
    wait_for(lambda: there() or program.poll() is not None)
    assert there(), program.communicate()


def ended(program: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Exit status and output of a program; hangs if the program waits for the server."""
    program.send_signal(number)
    err = program.communicate()[1]
    return program.returncode, err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["scan", "train"])
def test_a_server_that_never_answers_does_not_block_ctrl_c(photos, dead_server: Hang, start: Start, number, command):
    dead_server(photos)
    program = start(*THAW, command, photos)
    until(lambda: threads(program) > 1, program)
    status, err = ended(program, number)
    assert (status, err.splitlines()[-1]) == (130, "thaw: Stopped.")


def threads(program: subprocess.Popen[str]) -> int:
    """Number of threads of a program; a second one accesses the server."""
    with_hope = Path(f"/proc/{program.pid}/task")
    return len(list(with_hope.iterdir())) if with_hope.is_dir() else 0


@pytest.fixture
def many(tmp_path: Path) -> Path:
    random = np.random.default_rng(1)
    for name in ("cold", "warm"):
        (tmp_path / "many" / name).mkdir(parents=True)
        for number in range(300):
            pixels = random.integers(0, 255, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "many" / name / f"{number:03}.png")
    return tmp_path / "many"


@pytest.mark.slow
def test_a_server_that_hangs_during_extraction_is_named_and_ctrl_c_leaves_a_resumable_run(many, tmp_path, hang, start):
    run, last = tmp_path / "run", many / "warm" / "299.png"
    program = start(*THAW, "train", many, *QUICK, "--epochs", 1, "--out", run)
    until((run / "run.json").exists, program)
    hang(last)
    assert program.stderr is not None
    said = next(line for line in program.stderr if "still reading" in line)
    assert f"still reading {last} (" in said
    status, err = ended(program, signal.SIGINT)
    assert status == 130
    assert "thaw: Stopped." in err
    assert "Traceback" not in err
    assert f"thaw resume {run}" in err
    assert json.loads((run / "run.json").read_text())["status"] == "cancelled"
    assert not lock.is_held(run)


WAITS = """
import sys
from pathlib import Path
from studio.engine.training import run as training
from studio.events import Checkpoint
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, TrainSpec
from studio.runs import folder as runs
spec = RunSpec(DatasetSpec(sys.argv[1]), BackboneSpec(image_size=32), train=TrainSpec(epochs=6, device="cpu"))
run = Path(sys.argv[2])
for event in runs.record_events(training.train(spec, run), run):
    if isinstance(event, Checkpoint):
        print(event.epoch, flush=True)
        sys.stdin.readline()
"""


@pytest.mark.slow
def test_a_second_command_on_a_running_run_is_refused_and_a_suspended_one_continues(
    photos, tmp_path, start: Start, capsys
):
    run = tmp_path / "runs" / "run"
    program = start(sys.executable, "-c", WAITS, photos, run)
    assert program.stdout is not None
    assert float(program.stdout.readline()) == 1
    before = (run / "photos.csv").read_bytes()
    for command in (("resume", run), ("train", photos, *QUICK, "--out", run)):
        assert thaw(*command) == 2
        assert f"process {program.pid}" in capsys.readouterr().err
    assert (run / "photos.csv").read_bytes() == before
    program.send_signal(signal.SIGSTOP)
    assert thaw("resume", run) == 2
    assert thaw("runs", run.parent) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("running")
    program.send_signal(signal.SIGCONT)
    print(file=program.stdin, flush=True)
    assert float(program.stdout.readline()) == 2
    program.kill()
    program.wait()
    assert thaw("runs", run.parent) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("interrupted")
    assert thaw("resume", run) == 0
    assert json.loads((run / "run.json").read_text())["status"] == "done"


def thaw(*arguments: object) -> int:
    before = signal.getsignal(signal.SIGTERM)
    try:
        return main.main([str(argument) for argument in arguments])
    finally:
        signal.signal(signal.SIGTERM, before)


WINDOW = """
import sys
from PySide6.QtCore import QTimer
from studio.cli import main as cli
from studio.ui.window import MainWindow
painted = MainWindow.paintEvent
def paint(window, event):
    painted(window, event)
    QTimer.singleShot(700, lambda: print("seen", flush=True))
MainWindow.paintEvent = paint
sys.exit(cli.main([sys.argv[1]]))
"""


@pytest.mark.slow
def test_the_window_closes_though_its_folder_hangs(photos, tmp_path, dead_server: Hang, start: Start, monkeypatch):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    dead_server(photos)
    program = start(sys.executable, "-c", WINDOW, photos)
    assert program.stdout is not None
    assert program.stdout.readline() == "seen\n"
    status, err = ended(program, signal.SIGINT)
    assert (status, err) == (0, "")
