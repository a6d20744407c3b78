"""The record during a run and when it is resumed."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from stories import KILLED, again, begin, number_story, run_json, story, with_proof

from studio.events import Checkpoint, DatasetScanned, Epoch, Event
from studio.runs import folder, recorder
from studio.runs.files import lock
from studio.runs.files.lock import RunLock
from studio.spec import UserError


def lines(run: Path) -> list[int]:
    return [json.loads(line)["epoch"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def recorded_epochs(run: Path) -> list[int]:
    return [epoch["epoch"] for epoch in run_json(run)["epochs"]]


def test_after_every_epoch_the_folder_has_its_results(tmp_path):
    running = folder.record_events(story(tmp_path / "run", 4), tmp_path / "run")
    for event in running:
        if isinstance(event, Epoch):
            data = run_json(tmp_path / "run")
            assert recorded_epochs(tmp_path / "run") == list(range(1, event.epoch + 1))
            assert data["status"] == "running"
            best, accuracy = (1, 1.0) if event.epoch == 1 else (2, 0.5)
            assert (data["best_epoch"], data["result_epoch"], data["val_accuracy"]) == (best, best, accuracy)
            assert data["criterion"] == "lowest validation loss"
        if isinstance(event, Checkpoint):
            assert run_json(tmp_path / "run")["checkpoint"]["epoch"] == event.epoch


def test_report_matrix_and_predictions_are_of_one_epoch_at_any_time(tmp_path):
    running = folder.record_events(story(tmp_path / "run", 4), tmp_path / "run")
    seen = []
    for event in running:
        if isinstance(event, Epoch) and "report" in (data := run_json(tmp_path / "run")):
            seen.append(data["judged_epoch"])
            assert data["report"]["accuracy"] == data["epochs"][data["judged_epoch"] - 1]["val_accuracy"]
            with (tmp_path / "run" / "predictions.csv").open(newline="") as file:
                rows = list(csv.DictReader(file))
            right = sum(row["true"] == row["predicted"] for row in rows) / len(rows)
            assert right == data["report"]["accuracy"]
    assert seen
    assert run_json(tmp_path / "run")["judged_epoch"] == 2


def test_predictions_are_written_again_once_that_costs_little_of_the_time(tmp_path, monkeypatch):
    clock = [100.0]

    def ticking() -> float:
        clock[0] += 1e-5
        return clock[0]

    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=ticking))
    judged = []
    for event in folder.record_events(story(tmp_path / "run", 5), tmp_path / "run"):
        if isinstance(event, Epoch):
            judged.append(run_json(tmp_path / "run").get("judged_epoch", 0))
            if event.epoch == 1:
                clock[0] += 4e-6 / 0.05  # four numbers, and a twentieth of the time for them
    assert judged == [0, 2, 2, 2, 2]
    assert run_json(tmp_path / "run")["judged_epoch"] == 5


def test_predictions_are_written_again_after_twenty_times_as_long_as_that_took(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: now))
    written, write = [], recorder.predictions_file.write

    def slow(*arguments) -> None:
        nonlocal now
        now += 1.0
        written.append(arguments[1].epoch)
        write(*arguments)

    monkeypatch.setattr(recorder.predictions_file, "write", slow)
    judged = []
    for event in folder.record_events(story(tmp_path / "run", 5), tmp_path / "run"):
        if isinstance(event, Epoch):
            judged.append(run_json(tmp_path / "run").get("judged_epoch", 0))
            now += (1.0, 19.0, 0.5, 0.5, 0.0)[
                event.epoch - 1
            ]  # 20 seconds from the end of the first writing to epoch 5
    assert judged == [0, 2, 2, 2, 5]
    assert written == [2, 5]


@pytest.mark.parametrize(("waited", "judged"), [(7.9e-5, [0, 0]), (8.1e-5, [0, 2])])
def test_the_first_predictions_are_written_when_they_cost_a_twentieth_of_the_time(
    tmp_path, monkeypatch, waited, judged
):
    now = 0.0
    monkeypatch.setattr(recorder, "time", SimpleNamespace(perf_counter=lambda: now))
    found = []
    for event in folder.record_events(story(tmp_path / "run", 2), tmp_path / "run"):
        if isinstance(event, Epoch):
            found.append(run_json(tmp_path / "run").get("judged_epoch", 0))
            now += waited  # 1 microsecond for each of the four numbers is expected
    assert found == judged


def test_the_proof_of_each_layer_and_the_batchnorm_policy_are_recorded(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(with_proof(run), run))
    data = run_json(run)
    assert data["layers"][1] == {"path": "fc", "frozen": False, "unchanged": False, "by": 0.25}
    assert data["layers_epoch"] == 1.0
    assert data["batch_norm"] == data["spec"]["freeze"]["batch_norm"] == "update"


def test_the_record_of_a_regression_run_has_its_target_error_and_numbers(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(number_story(run), run))
    data = run_json(run)
    assert (data["target"], data["val_mae"], data["val_accuracy"]) == ("age", 0.5, None)
    assert data["report"]["mae_interval"] == [0.4, 0.6]
    with (run / "predictions.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["path", "true", "predicted"]
    assert [(row[0], float(row[1]), float(row[2])) for row in rows[1:]] == [
        ("ants/1.jpg", 0.25, pytest.approx(0.2)),
        ("bees/1.jpg", 0.25, 0.375),
    ]


# ------------------------------------------------------------------------------------------------- going on


def test_a_resumed_run_continues_its_record(tmp_path):
    run = tmp_path / "run"
    running = folder.record_events(story(run, 4), run)
    for event in running:
        if isinstance(event, Epoch) and event.epoch == 3:
            break
    running.close()
    first = run_json(run)
    assert first["status"] == "cancelled"
    list(folder.record_events(again(run, 2, 5), run, resumed=True))
    data = run_json(run)
    assert data["status"] == "done"
    assert recorded_epochs(run) == lines(run) == [1, 2, 3, 4, 5]
    assert data["started"] == first["started"]
    assert len(data["resumed"]) == 1
    assert data["spec"]["train"]["epochs"] == 5
    assert (data["best_epoch"], data["stopped_early"]) == (5, True)
    assert "failure" not in data


@pytest.mark.parametrize("reached", [0, 1, 2])
def test_a_resumed_run_that_fails_during_its_earlier_epochs_keeps_all_epochs(tmp_path, reached):
    run = tmp_path / "run"
    with pytest.raises(RuntimeError):
        list(folder.record_events(_broken(story(run, 4)), run))
    assert recorded_epochs(run) == lines(run) == [1, 2, 3, 4]
    running = folder.record_events(again(run, 3, 5), run, resumed=True)
    number = 0
    for event in running:
        number += isinstance(event, Epoch)
        if number == reached and isinstance(event, Epoch | DatasetScanned):
            break
    # As after a kill: no file is closed or completed.
    assert recorded_epochs(run) == lines(run) == [1, 2, 3, 4]
    data = run_json(run)
    assert data["status"] == "running"
    assert data["report"]["accuracy"] == 0.5
    running.close()


def _broken(events: Iterator[Event]) -> Iterator[Event]:
    yield from events
    raise RuntimeError


def test_a_run_without_a_checkpoint_begins_again_in_its_record(tmp_path):
    run = tmp_path / "run"
    running = folder.record_events(begin(run), run)
    next(running)
    running.close()
    list(folder.record_events(again(run, 0, 2), run, resumed=True))
    assert recorded_epochs(run) == lines(run) == [1, 2]


def test_resuming_a_folder_without_a_run_is_an_error(tmp_path):
    with pytest.raises(UserError, match="no run"):
        list(folder.record_events(again(tmp_path / "run", 0, 2), tmp_path / "run", resumed=True))
    assert list(tmp_path.iterdir()) == []


def test_a_run_being_written_cannot_be_resumed_elsewhere(tmp_path):
    run = tmp_path / "run"
    running = folder.record_events(story(run, 4), run)
    next(running)
    before = (run / "run.json").read_bytes()
    with pytest.raises(UserError, match="writing to the run"):
        list(folder.record_events(again(run, 0, 2), run, resumed=True))
    assert (run / "run.json").read_bytes() == before
    list(running)
    assert not lock.is_held(run)


def test_a_lock_held_by_the_caller_is_not_released(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(story(run, 1), run))
    with RunLock(run) as held:
        list(folder.record_events(again(run, 1, 2), run, resumed=True, run_lock=held))
        assert lock.is_held(run)
    assert recorded_epochs(run) == [1, 2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_killed_run_has_its_epochs_and_can_be_resumed(tmp_path):
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(run), str(Path(__file__).parents[1] / "support")], check=False
    )
    assert done.returncode == -signal.SIGKILL
    data = run_json(run)
    assert (data["status"], recorded_epochs(run), lines(run)) == ("running", [1, 2, 3], [1, 2, 3])
    assert data["checkpoint"]["epoch"] == 2.0
    assert not lock.is_held(run)
    list(folder.record_events(again(run, 2, 4), run, resumed=True))
    assert recorded_epochs(run) == [1, 2, 3, 4]


def test_the_lines_of_a_resumed_run_are_those_of_its_epochs_at_any_time(tmp_path):
    run = tmp_path / "run"
    list(folder.record_events(story(run, 3), run))
    events = folder.record_events(again(run, 2, 5), run, resumed=True)
    seen = [lines(run) for event in events if isinstance(event, Epoch)]
    assert seen == [[1, 2, 3], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]
