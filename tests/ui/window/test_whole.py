"""The whole workflow in the real window with the real engine: from a folder to an exported head, and predictions."""

from __future__ import annotations

import csv
import gc
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from studio.commands import imports, results
from studio.commands import window as commands
from studio.events import ImagePrediction
from studio.spec import FreezePlan
from studio.spec.structs import replace
from studio.system import paths
from studio.ui.window import MainWindow

MakeWindow = Callable[..., MainWindow]


def opened(window: MainWindow, qtbot: QtBot, folder: Path, epochs: int = 3) -> None:
    """Open a folder as if it were dropped, with settings for a quick test."""
    store = window.store
    window.open_folder(str(folder))
    qtbot.waitUntil(lambda: store.state.dataset is not None and store.state.dataset.checked)
    spec = store.state.spec
    backbone = replace(spec.backbone, image_size=32)
    store.choose(replace(spec, backbone=backbone, train=replace(spec.train, epochs=epochs, batch_size=8)))


def trained(window: MainWindow, qtbot: QtBot) -> str:
    """Press Train and wait; returns the status of the run."""
    store = window.store
    before = store.state.run
    qtbot.mouseClick(window.ribbon.primary(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "train" not in store.state.jobs and store.state.run is not before)
    assert store.state.run is not None
    return store.state.run.status


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    window = make_window(commands=commands.for_window(), built=False)  # the pages that it uses are built when shown
    window._builder.stop()
    qtbot.waitUntil(lambda: window.store.state.engine_ready)
    return window


def test_from_a_folder_to_a_head_that_predicts_the_same_elsewhere(
    window: MainWindow, qtbot: QtBot, photos: Path, tmp_path: Path
) -> None:
    opened(window, qtbot, photos, epochs=5)
    assert trained(window, qtbot) == "done"
    state = window.store.state
    assert state.run is not None
    assert state.run.report is not None
    assert state.run.outcome is not None
    assert state.run.outcome.frozen_unchanged
    assert state.run.report.value("accuracy") == 1.0
    window.show_station("evaluate")
    assert "100" in window.ribbon.button("evaluate").summary().shape

    out = tmp_path / "taken away" / "head.safetensors"
    window.store.export(str(out))
    qtbot.waitUntil(lambda: "export" not in window.store.state.jobs)
    assert not window.store.state.faults

    with Path(state.run.started.run, "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    work = results.predict(out, [str(photos / row["path"]) for row in rows])
    again = [event for event in imports.start(work) if isinstance(event, ImagePrediction)]
    assert len(again) == len(rows) == 5
    for row, prediction in zip(rows, again, strict=True):
        assert prediction.predicted == row["predicted"]
        assert prediction.probabilities == pytest.approx([float(row["p(cold)"]), float(row["p(warm)"])], abs=1e-5)


@pytest.mark.slow
def test_a_thawed_block_trains_and_a_second_run_follows(window: MainWindow, qtbot: QtBot, photos: Path) -> None:
    opened(window, qtbot, photos, epochs=1)
    store = window.store
    store.choose(replace(store.state.spec, freeze=FreezePlan("all", thaw=("blocks.6",))))
    assert trained(window, qtbot) == "done"
    run = store.state.run
    assert run is not None
    assert run.started.cut == "blocks.5"
    assert run.outcome is not None
    assert run.outcome.frozen_unchanged
    assert trained(window, qtbot) == "done"


@pytest.mark.slow
def test_impossible_settings_are_explained_on_the_page_and_nothing_is_lost(
    window: MainWindow, qtbot: QtBot, photos: Path
) -> None:
    opened(window, qtbot, photos, epochs=1)
    assert trained(window, qtbot) == "done"
    store = window.store
    good = store.state.run
    store.choose(replace(store.state.spec, backbone=replace(store.state.spec.backbone, name="resnet18")))
    qtbot.mouseClick(window.ribbon.primary(), Qt.MouseButton.LeftButton)
    box = window.findChild(QMessageBox, "ask_download")
    assert box is not None
    next(button for button in box.buttons() if "Download" in button.text()).click()
    qtbot.waitUntil(lambda: "head" in store.state.faults and not store.state.jobs)
    assert "tf_efficientnet_lite0" in store.state.faults["head"].hint
    run = store.state.run  # the page may have evaluated it meanwhile
    assert run is not None
    assert good is not None
    assert (run.id, run.epochs, run.outcome) == (good.id, good.epochs, good.outcome)
    assert not [field for field in window.findChildren(QLineEdit) if not field.accessibleName() and field.isVisible()]


@pytest.mark.slow
def test_twenty_runs_leak_no_thread_and_no_memory(window: MainWindow, qtbot: QtBot, photos: Path) -> None:
    opened(window, qtbot, photos, epochs=2)
    store = window.store
    store.watch.wake(False)  # a check of the folder uses a thread for a moment
    sizes = []
    for seed in range(20):
        store.choose(replace(store.state.spec, train=replace(store.state.spec.train, seed=seed)))
        assert trained(window, qtbot) == "done"
        gc.collect()
        sizes.append(_resident_mb())
        if seed == 4:
            threads = threading.active_count()
    assert threading.active_count() <= threads
    # The first few grow the allocator's pools; after that 15 runs may not add even one more copy of the network.
    assert sizes[-1] - sizes[4] < 15, sizes


def _resident_mb() -> float:
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_run_killed_before_its_first_checkpoint_can_be_restarted_from_the_list(
    window: MainWindow, qtbot: QtBot, photos: Path
) -> None:
    run = paths.runs_folder() / "killed"
    command = [sys.executable, "-m", "studio.__main__", "train", str(photos), "--image-size", "32", "--epochs", "2"]
    with subprocess.Popen([*command, "--out", str(run)], stderr=subprocess.DEVNULL) as running:
        qtbot.waitUntil(lambda: (run / "run.json").exists() or running.poll() is not None)
        running.kill()
    (run / "checkpoint.safetensors").unlink(missing_ok=True)  # exists only if the run got that far
    store = window.store
    opened(window, qtbot, photos)
    window.show_station("head")
    store.runs.refresh()
    qtbot.waitUntil(lambda: "runs" not in store.state.jobs and bool(store.state.run_list.listed))
    (run_row,) = store.state.run_list.listed
    assert (run_row.state, run_row.epochs) == ("interrupted", 0)
    store.runs.choose(run_row.path)
    qtbot.waitUntil(window.menus.run_resume.isEnabled)
    window.menus.run_resume.trigger()
    qtbot.waitUntil(lambda: bool(store.state.run) and "train" not in store.state.jobs)
    assert store.state.run is not None
    assert (store.state.run.status, len(store.state.run.epochs)) == ("done", 2)
    assert store.state.run.started.run == str(run)
    assert any("starts from the beginning in the same folder" in warning.title for warning in store.state.warnings)
