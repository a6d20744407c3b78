"""The record of a run, written from events alone, without any network."""

from __future__ import annotations

import csv
import json

import pytest
from three_classes import CLASSES, record, story

from studio.events import (
    Epoch,
    Evaluated,
    RunStarted,
    Saved,
)
from studio.jobs.protocol import Interrupted
from studio.runs import folder as runs
from studio.runs.files.record import document
from studio.spec import UserError


def test_events_pass_through_and_the_saved_run_comes_last(tmp_path):
    events = list(runs.record_events(story(tmp_path / "run"), tmp_path / "run"))
    assert [type(event) for event in events[:-1]] == [type(event) for event in story(tmp_path / "run")]
    assert events[-1] == Saved(str(tmp_path / "run"), "run")


def test_a_finished_run_is_recorded(tmp_path):
    list(runs.record_events(story(tmp_path / "run"), tmp_path / "run"))
    data = record(tmp_path / "run")
    for place in (tmp_path / "run", tmp_path / "run" / "run.json"):
        assert data == json.loads(json.dumps(document(runs.read(place))))
    assert data["status"] == "done"
    assert data["skipped"] == [{"path": "x.jpg", "reason": "not an image", "count": 1}]
    assert data["warnings"] == [{"title": "1.jpg was left out.", "hint": "It is damaged."}]
    assert data["counts"] == {"train": dict.fromkeys(CLASSES, 1), "val": dict.fromkeys(CLASSES, 1)}
    assert data["confusion"] == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert data["features"]["computed"] == 6
    assert data["seconds"] == {"total": 3.0}


def test_predictions_survive_commas_quotes_and_other_alphabets(tmp_path):
    list(runs.record_events(story(tmp_path / "run"), tmp_path / "run"))
    assert '"猫"' in (tmp_path / "run" / "run.json").read_text(encoding="utf-8"), "so that the file is readable"
    with (tmp_path / "run" / "predictions.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == ["path", "true", "predicted", *(f"p({name})" for name in CLASSES)]
    assert [row[1:3] for row in rows] == [[CLASSES[0], CLASSES[0]], [CLASSES[1], CLASSES[1]], [CLASSES[2], CLASSES[0]]]
    assert [row[0] for row in rows] == [f"{name}/0.jpg" for name in CLASSES]
    assert float(rows[0][3]) == pytest.approx(0.8)


def test_an_epoch_is_on_disk_when_its_event_is_yielded(tmp_path):
    running = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    for event in running:
        if isinstance(event, Epoch):
            lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
            assert [json.loads(line)["epoch"] for line in lines] == list(range(1, event.epoch + 1))


def test_a_run_in_progress_is_recorded_as_running(tmp_path):
    running = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    while not isinstance(next(running), RunStarted):
        pass
    assert record(tmp_path / "run")["status"] == "running"
    running.close()
    assert record(tmp_path / "run")["status"] == "cancelled"


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (UserError("Too large.", "Make it smaller."), "failed", "Too large."),
        (RuntimeError("broken"), "failed", "Something went wrong"),
        (MemoryError(), "failed", "not enough memory"),
        (Interrupted(), "cancelled", ""),
        (KeyboardInterrupt(), "cancelled", ""),
    ],
)
def test_a_failed_run_records_its_reason_and_its_epochs(tmp_path, error, status, title):
    with pytest.raises(type(error)):
        list(runs.record_events(story(tmp_path / "run", end=error), tmp_path / "run"))
    data = record(tmp_path / "run")
    assert data["status"] == status
    assert title in data.get("failure", {"title": ""})["title"]
    assert len(data["epochs"]) == 2
    assert (tmp_path / "run" / "predictions.csv").is_file()


def test_closing_the_record_closes_the_events(tmp_path):
    closed = []

    def work():
        try:
            yield from story(tmp_path / "run")
        finally:
            closed.append(True)

    running = runs.record_events(work(), tmp_path / "run")
    next(running)
    running.close()
    assert closed


def test_an_unfinished_epoch_is_not_recorded(tmp_path):
    running = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    for event in running:
        if isinstance(event, Evaluated) and event.epoch == 1:
            break
    running.close()
    data = record(tmp_path / "run")
    assert (data["epochs"], data["val_accuracy"], data["confusion"]) == ([], None, None)
    assert not (tmp_path / "run" / "predictions.csv").exists()
