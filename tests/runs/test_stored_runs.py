"""Runs of every released version still open, predict, resume, extend and export, with the same numbers as then."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trimming import few

from studio.commands import imports, results, runs, training
from studio.events import Epoch, Evaluated, ImagePrediction, RunOpened, RunsListed

VERSIONS = sorted(folder for folder in (Path(__file__).parents[1] / "stored_runs").iterdir() if folder.is_dir())
RUNS = ("frozen", "fine_tuned", "regression", "twelve_bits")
TOLERANCE = 1e-4
"""Tolerance for processors that sum in another order; a wrong epoch or other pixels differ by far more."""

Stored = Callable[[str], Path]


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def version(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def stored(version: Path, tmp_path: Path) -> Stored:
    """A writable copy of a stored run."""
    return lambda name: Path(shutil.copytree(version / name, tmp_path / name))


def photos_of(version: Path, name: str) -> Path:
    return version / ("photos_12bit" if name == "twelve_bits" else "photos")


def expected(version: Path) -> dict[str, Any]:
    return json.loads((version / "expected.json").read_text())


def record(run: Path) -> dict[str, Any]:
    return json.loads((run / "run.json").read_text())


def predicted(source: Path, folder: Path, which: Any = None) -> dict[str, list[float]]:
    images = sorted(str(path) for path in folder.glob("*/*"))
    events = imports.start(results.predict(source, images, "cpu", which))
    return {
        Path(event.path).relative_to(folder).as_posix(): list(event.probabilities) or [event.number]
        for event in events
        if isinstance(event, ImagePrediction)
    }


def same(now: dict[str, list[float]], then: dict[str, list[float]]) -> None:
    assert now.keys() == then.keys()
    for path, values in then.items():
        assert now[path] == pytest.approx(values, abs=TOLERANCE), path


@pytest.mark.parametrize("name", RUNS)
def test_a_stored_run_opens(stored: Stored, name: str) -> None:
    run = stored(name)
    past = record(run)
    events = list(imports.start(runs.open_run(run)))
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [epoch.epoch for epoch in epochs] == [epoch["epoch"] for epoch in past["epochs"]]
    assert [epoch.val_loss for epoch in epochs] == [epoch["val_loss"] for epoch in past["epochs"]]
    judged = [event for event in events if isinstance(event, Evaluated)]
    assert len(judged) == 1
    if past["val_mae"] is None:
        assert judged[0].report.value("accuracy") == past["val_accuracy"]
    else:
        assert judged[0].report.value("mae") == pytest.approx(past["val_mae"], rel=1e-6)
    assert isinstance(events[-1], RunOpened)


def test_stored_runs_are_listed(stored: Stored, tmp_path: Path) -> None:
    for name in (*RUNS, "stopped"):
        stored(name)
    (listed,) = [event for event in imports.start(runs.list_runs(tmp_path)) if isinstance(event, RunsListed)]
    states = {Path(run.path).name: run.state for run in listed.runs}
    assert states == dict.fromkeys(RUNS, "done") | {"stopped": "cancelled"}
    assert listed.unreadable == ()


@pytest.mark.parametrize(
    "name",
    few(RUNS, ["frozen"]),
)
def test_a_stored_run_predicts_the_same(version: Path, name: str) -> None:
    then = expected(version)[name]
    folder = photos_of(version, name)
    same(predicted(version / name, folder, "last"), then["last"])
    same(predicted(version / name, folder, "best"), then["best"])


def test_the_result_of_a_stored_run_is_still_its_last_epoch(version: Path) -> None:
    same(predicted(version / "frozen", photos_of(version, "frozen")), expected(version)["frozen"]["last"])


@pytest.mark.slow
def test_a_stored_exported_head_predicts_the_same(version: Path) -> None:
    source = version / "exported" / "head.safetensors"
    same(predicted(source, photos_of(version, "frozen")), expected(version)["exported"]["last"])


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_stored_run_is_extended_with_the_same_result(version: Path, stored: Stored, name: str) -> None:
    then = expected(version)[name]
    run, folder = stored(name), photos_of(version, name)
    epochs = record(run)["spec"]["train"]["epochs"]
    list(imports.start(training.resume(run, epochs + 2, folder)))
    assert record(run)["status"] == "done"
    for epoch, past in zip(record(run)["epochs"], then["extended_epochs"], strict=True):
        assert {key: epoch[key] for key in past} == pytest.approx(past, abs=1e-3)
    same(predicted(run, folder, "last"), then["extended_by_2"])


@pytest.mark.slow
def test_a_stored_stopped_run_is_resumed_with_the_recorded_result(version: Path, stored: Stored) -> None:
    run, folder = stored("stopped"), photos_of(version, "stopped")
    list(imports.start(training.resume(run, data=folder)))
    assert record(run)["status"] == "done"
    same(predicted(run, folder, "last"), expected(version)["stopped"]["resumed"])


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("fine_tuned", "best"),
        *(pytest.param(name, which, marks=pytest.mark.slow) for name in RUNS for which in ("last", "best")),
    ],
)
def test_the_export_of_a_stored_run_predicts_the_same(version: Path, tmp_path: Path, name: str, which: Any) -> None:
    out = tmp_path / "head.safetensors"
    list(imports.start(results.export(version / name, out, which)))
    same(predicted(out, photos_of(version, name)), expected(version)[name][which])
