"""The window follows a run that a process on another computer writes into the same folder of runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from studio.commands import runs as jobs
from studio.runs.files import lock
from studio.ui.store import run_commands
from studio.ui.system import runs_watch

SUPPORT = Path(__file__).parents[3] / "support"
WRITER = """
import itertools, socket, sys
from pathlib import Path
socket.gethostname = lambda: "lab-3"
from stories import begin, epoch
from studio.events import Progress, Stage
from studio.runs import folder
from studio.runs.files import lock
lock.PULSE_S = 0.0
run = Path(sys.argv[1])
def events():
    yield from begin(run)
    yield Stage("extract", "Computing features")
    yield Progress("extract", 120, 398)
    for number in range(1, 5):
        if not sys.stdin.readline():
            return
        yield from epoch(number)
        yield Stage("train", "Training")
        yield Progress("train", number, 4, "epochs")
for event in folder.record_events(events(), run):
    if isinstance(event, Progress):
        print("written", flush=True)
"""


@pytest.fixture
def writer(tmp_path) -> Iterator[subprocess.Popen[str]]:
    run = tmp_path / "runs" / "2026-11-27_10-00-00_lite0"
    run.parent.mkdir()
    command = [sys.executable, "-c", WRITER, str(run)]
    environment = {"PYTHONPATH": f"{SUPPORT}:{SUPPORT.parents[1]}", "HOME": str(tmp_path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as program:
        yield program
        program.kill()


def written(program: subprocess.Popen[str], epoch: bool = True) -> None:
    assert program.stdin is not None
    assert program.stdout is not None
    if epoch:
        program.stdin.write("next\n")
        program.stdin.flush()
    assert program.stdout.readline() == "written\n"


@pytest.mark.slow
def test_the_window_follows_another_computers_run(make_window, fake_commands, qtbot, tmp_path, writer, monkeypatch):
    monkeypatch.setattr(runs_watch, "EVERY_MS", 50)
    monkeypatch.setattr(run_commands, "REFRESH_MS", 50)
    place = tmp_path / "runs"
    monkeypatch.setattr("studio.system.paths.runs_folder", lambda: place)
    commands = replace(
        fake_commands,
        runs=lambda: jobs.list_runs(place),
        open_run=lambda run: jobs.open_run(Path(run)),
        follow_run=lambda run: jobs.follow_run(Path(run)),
    )
    window = make_window(commands=commands)
    store, page = window.store, window.pages["head"]
    store.page_requested.emit("head")
    written(writer, epoch=False)
    qtbot.waitUntil(lambda: len(store.state.run_list.listed) == 1)  # it began after the window had listed the runs
    (run,) = place.iterdir()
    (run / lock.LOCK).unlink()  # the lock itself is not seen from another computer
    store.runs.choose(str(run))
    store.runs.open()
    qtbot.waitUntil(lambda: store.state.run is not None and store.state.run.status == "running")

    def notice() -> str:
        return " ".join(label.text() for label in page._notice.findChildren(QLabel))

    qtbot.waitUntil(lambda: f"Process {writer.pid} on lab-3 is writing to this run." in notice())
    assert "Computing features: 120 of 398 photos" in notice()
    for number in (1, 2):
        written(writer)
        qtbot.waitUntil(lambda number=number: len(store.state.run.epochs) == number)
    qtbot.waitUntil(lambda: "epoch 3 of 4" in notice())
    assert page.table.epochs.rowCount() == 2
    assert "lab-3" in page.run_card.facts.value("Status")
    assert not page.runs.buttons["resume"].isEnabled()
    store.runs.resume()
    assert "train" not in store.state.jobs
    writer.kill()  # as its computer loses its power: the holder's file stays
    writer.wait()
    monkeypatch.setattr(lock, "SILENCE_S", 0.0)
    store.runs.refresh()
    qtbot.waitUntil(lambda: store.state.run_list.listed[0].state == "interrupted")
    qtbot.waitUntil(lambda: store.state.run.status == "interrupted")
    assert "has not released this run" in page.runs.buttons["resume"].toolTip()
