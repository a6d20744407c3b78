"""Weights, figures and predictions of a run are all of the same epoch: its result."""

from __future__ import annotations

import csv
import json
import signal
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import record, run_spec, trained
from trimming import few

from studio.cli import main
from studio.commands import imports, training
from studio.engine.training.run_files import weight_files
from studio.evaluate.epochs.best_epoch import best_epoch, result_epoch
from studio.evaluate.epochs.epoch_records import from_record
from studio.events import Event
from studio.runs import reopen
from studio.session import reducer, selectors
from studio.session import state as states
from studio.session.state import AppState
from studio.spec import DatasetSpec

WORSE = {"lr": 30.0, "optimizer": "sgd", "batch_size": 4}
"""Rates so high that a run gets worse: its best epoch is not its last."""


@pytest.fixture(autouse=True)
def same_signals() -> Iterator[None]:
    """Restore the SIGTERM handler that commands replace."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    """The JSON output of a command."""
    capsys.readouterr()  # earlier output
    assert main.main([str(word) for word in (*words, "--json")]) == 0
    return json.loads(capsys.readouterr().out)


def in_window(run: Path) -> states.RunState:
    """The run as the window shows it when it is opened."""
    events: list[Event] = list(reopen.stored_events(run))
    state = reduce(
        lambda now, event: reducer.reduce(now, "open_run", event), events, reducer.job_started(AppState(), "open_run")
    )
    assert state.run is not None
    return state.run


def agree(run: Path, photos: Path, number: int, capsys: pytest.CaptureFixture[str], number_learned: bool) -> None:
    """Check that all files and commands report the epoch `number` as the result."""
    data = record(run)
    figure = "val_mae" if number_learned else "val_accuracy"
    value = data["epochs"][number - 1][figure]
    result = data["spec"]["train"]["result"]
    best = data["best_epoch"]
    assert [data["result_epoch"], data["judged_epoch"]] == [number, number]
    assert data[figure] == value
    assert data["report"]["mae" if number_learned else "accuracy"] == pytest.approx(value, rel=1e-5)
    assert [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()] == data["epochs"]

    with (run / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if number_learned:
        there = np.mean([abs(float(row["true"]) - float(row["predicted"])) for row in rows])
    else:
        there = np.mean([row["true"] == row["predicted"] for row in rows])
    assert there == pytest.approx(value, rel=1e-4)

    listed = printed(capsys, "runs", run)["runs"][0]
    assert (listed["result_epoch"], listed["best_epoch"]) == (number, best)
    assert listed["criterion"] == data["criterion"]
    assert listed["mae" if number_learned else "accuracy"] == value
    shown = in_window(run)
    predictions = shown.numbers if number_learned else shown.predictions
    assert predictions is not None
    assert predictions.epoch == number
    assert selectors.result_words(shown).startswith(f"epoch {number} of {len(data['epochs'])}, ")
    assert selectors.result_epoch(shown) == from_record(data["epochs"][number - 1])
    report = shown.report.value("mae" if number_learned else "accuracy")
    assert report == pytest.approx(value, rel=1e-5)

    assert weight_files.of_epoch(run, "last" if result == "last" else "best")[1] == number
    asked = [photos / row["path"] for row in rows]
    document = printed(capsys, "predict", run, *asked)
    assert document["epoch"] == number
    for row, said in zip(rows, document["predictions"], strict=True):
        if number_learned:
            assert said["number"] == pytest.approx(float(row["predicted"]), rel=1e-4)
        else:
            expected = [float(row[f"p({name})"]) for name in document["classes"]]
            assert [said["probabilities"][name] for name in document["classes"]] == pytest.approx(expected, abs=1e-4)
    for which in ("last", "best"):
        assert printed(capsys, "predict", run, asked[0], "--epoch", which)["epoch"] == (
            len(data["epochs"]) if which == "last" else best
        )

    judged = printed(capsys, "evaluate", run, "--quick")
    assert (judged["epoch"], judged["best_epoch"]) == (number, best)
    assert judged["metrics"]["mae" if number_learned else "accuracy"]["value"] == pytest.approx(value, rel=1e-5)
    if result == "f1" and not number_learned:
        assert data["epochs"][number - 1]["val_macro_f1"] == data["report"]["macro_f1"]
        assert judged["metrics"]["macro_f1"]["value"] == pytest.approx(data["report"]["macro_f1"])

    out = run.parent / "head.safetensors"
    document = printed(capsys, "export", run, "--out", out)
    card = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert document["epoch"] == card["epoch"] == number
    assert card["criterion"] == data["criterion"]
    assert card["metrics"][figure] == value
    assert card["metrics"]["report"] == data["report"]
    assert printed(capsys, "predict", out, asked[0])["epoch"] == number


@pytest.mark.slow
@pytest.mark.parametrize("result", few(["loss", "metric", "f1", "last"], ["loss"]))
def test_weights_figures_and_predictions_are_of_the_result_epoch(
    photos: Path, tmp_path: Path, capsys, result: str
) -> None:
    run = tmp_path / "run"
    trained(photos, run, epochs=4, result=result, **WORSE)
    epochs = [from_record(epoch) for epoch in record(run)["epochs"]]
    expected, best = result_epoch(epochs, result), best_epoch(epochs, result)
    assert expected is not None
    assert best is not None
    assert best.epoch < 4
    agree(run, photos, expected.epoch, capsys, False)


@pytest.mark.slow
@pytest.mark.parametrize("result", ["loss", "last"])
def test_weights_figures_and_predictions_are_of_the_result_epoch_after_an_extension(
    photos: Path, tmp_path: Path, capsys, result
) -> None:
    """Extend by epochs that are worse than the best one, and by epochs of which one is better."""
    for name, rates in (("worse", WORSE), ("better", {"lr": 1e-4})):
        run = tmp_path / name / "run"
        trained(photos, run, epochs=3, result=result, **rates)
        before = record(run)["result_epoch"]
        list(imports.start(training.resume(run, 5)))
        expected = 5 if result == "last" or name == "better" else before
        agree(run, photos, expected, capsys, False)


@pytest.mark.slow
@pytest.mark.parametrize("result", ["loss", "last"])
def test_weights_figures_and_predictions_are_of_the_result_epoch_in_regression(
    photos: Path, tmp_path: Path, capsys, result
) -> None:
    lines = [f"{path.relative_to(photos).as_posix()},{10 + 3 * n}" for n, path in enumerate(sorted(photos.glob("*/*")))]
    (tmp_path / "targets.csv").write_text("\n".join(["path,age", *lines]))
    spec = run_spec(photos, epochs=4, result=result, lr=0.5, batch_size=4)
    spec = type(spec)(DatasetSpec(str(photos), targets=str(tmp_path / "targets.csv")), spec.backbone, train=spec.train)
    run = tmp_path / "run"
    list(imports.start(training.train(spec, run)))
    epochs = [from_record(epoch) for epoch in record(run)["epochs"]]
    expected = result_epoch(epochs, result)
    assert expected is not None
    agree(run, photos, expected.epoch, capsys, True)
