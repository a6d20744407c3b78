"""The record of a run, written from events alone, without any network."""

from __future__ import annotations

import csv
import datetime
import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from epochs import class_epoch

from studio.commands import imports, training
from studio.evaluate import classification
from studio.events import (
    Dataset,
    DatasetScanned,
    Epoch,
    Evaluated,
    Event,
    FeaturesComputed,
    Photo,
    PredictedProbabilities,
    RunsListed,
    RunStarted,
    Saved,
    Skipped,
    Stage,
    TrainingFinished,
    Warned,
)
from studio.jobs.protocol import Interrupted
from studio.runs import folder as runs
from studio.runs import index
from studio.runs.files.lock import RunLock
from studio.runs.files.record import document
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, UserError
from studio.system import paths

CLASSES = ("hat, red", 'cat "tom"', "猫")
PHOTOS = tuple(
    Photo(f"{name}/{n}.jpg", label, "val" if n == 0 else "train") for label, name in enumerate(CLASSES) for n in (0, 1)
)
SPEC = RunSpec(DatasetSpec("/photos"))


def started(run: Path) -> RunStarted:
    return RunStarted(str(run), SPEC, "cpu", "features", (3,), 12, 100, ("conv",), "abc")


def epoch(number: int) -> Iterator[Event]:
    shares = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2]], np.float32)
    yield PredictedProbabilities(number, np.array([0, 2, 4]), shares)
    yield Evaluated(number, classification.report(np.array([0, 1, 2]), shares, CLASSES, 0.9))
    yield class_epoch(number, 0.5, 0.9, 0.6, 2 / 3, 0.1)


def story(run: Path, epochs: int = 2, end: BaseException | None = None) -> Iterator[Event]:
    yield Stage("scan", "Listing photos")
    yield started(run)
    yield Warned("1.jpg was left out.", "It is damaged.")
    yield FeaturesComputed(6, 0, 1.5)
    yield DatasetScanned(Dataset("/photos", CLASSES, PHOTOS, (Skipped("x.jpg", "not an image"),)))
    for number in range(1, epochs + 1):
        yield from epoch(number)
    if end is not None:
        raise end
    yield TrainingFinished(str(run), True, (), {"total": 3.0})


def record(run: Path) -> dict:
    return json.loads((run / "run.json").read_text(encoding="utf-8"))


def test_events_pass_through_and_the_saved_run_comes_last(tmp_path):
    events = list(runs.record_events(story(tmp_path / "run"), tmp_path / "run"))
    assert [type(event) for event in events[:-1]] == [type(event) for event in story(tmp_path / "run")]
    assert events[-1] == Saved(str(tmp_path / "run"), "run")


def test_a_finished_run_is_written_down(tmp_path):
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


def test_a_run_under_way_says_that_it_is_running(tmp_path):
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
def test_a_run_that_cannot_go_on_says_why_and_keeps_what_it_had(tmp_path, error, status, title):
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


def test_failing_before_the_start_leaves_nothing_behind(tmp_path):
    def work():
        yield Stage("scan", "Listing photos")
        raise UserError("No photos.", "")

    with pytest.raises(UserError):
        list(runs.record_events(work(), tmp_path / "a" / "run"))
    assert list(tmp_path.iterdir()) == []


def test_an_epoch_that_was_not_finished_changes_nothing(tmp_path):
    running = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    for event in running:
        if isinstance(event, Evaluated) and event.epoch == 1:
            break
    running.close()
    data = record(tmp_path / "run")
    assert (data["epochs"], data["val_accuracy"], data["confusion"]) == ([], None, None)
    assert not (tmp_path / "run" / "predictions.csv").exists()


def test_a_folder_that_holds_something_is_refused_and_untouched(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("precious")
    with pytest.raises(UserError, match="not empty"):
        next(runs.record_events(story(tmp_path / "run"), tmp_path / "run"))
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["mine.txt"]


def test_the_folder_of_a_run_that_never_began_is_free_once_its_program_is_gone(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "metrics.jsonl").touch()
    with RunLock(run), pytest.raises(UserError, match="writing to the run"):
        runs.require_free(run)
    runs.require_free(run)
    list(runs.record_events(story(run, 1), run))
    assert record(run)["status"] == "done"
    (run / "run.json").unlink()
    with pytest.raises(UserError, match="not empty"):
        runs.require_free(run)


def test_an_empty_folder_is_taken_and_a_missing_one_is_made(tmp_path):
    (tmp_path / "run").mkdir()
    for run in (tmp_path / "run", tmp_path / "made" / "for" / "it"):
        list(runs.record_events(story(run), run))
        assert record(run)["status"] == "done"


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "run").write_text("a file")
    for place in (tmp_path / "run", tmp_path / "run" / "below"):
        with pytest.raises(UserError, match="run"):
            runs.require_free(place)
    assert (tmp_path / "run").read_text() == "a file"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(UserError, match="cannot be written"):
        runs.require_free(tmp_path / "locked" / "run")


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a place where nobody may write")
def test_a_folder_without_write_permission_is_refused():
    with pytest.raises(UserError, match="cannot be written") as fault:
        runs.require_free(Path("/proc/thaw/run"))
    assert fault.value.hint


def test_checking_a_folder_for_a_run_creates_nothing(tmp_path):
    runs.require_free(tmp_path / "a" / "b" / "run")
    assert list(tmp_path.iterdir()) == []


def test_two_runs_never_write_into_one_folder(tmp_path):
    first = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    second = runs.record_events(story(tmp_path / "run"), tmp_path / "run")
    next(first), next(second)  # both have checked that the folder is empty
    next(first)
    with pytest.raises(UserError, match="Another training"):
        next(second)
    list(first)
    assert record(tmp_path / "run")["status"] == "done"


def test_new_folders_name_time_and_backbone_and_never_an_existing_one(own_places):
    now = datetime.datetime(2026, 3, 4, 5, 6, 7)
    spec = RunSpec(DatasetSpec("/photos"), BackboneSpec("timm/resnet18"))
    first = runs.new_folder(spec, now)
    assert first.name == "2026-03-04_05-06-07_timm_resnet18"
    assert own_places in first.parents
    assert list(first.iterdir()) == []
    second = runs.new_folder(spec, now)
    assert second != first
    assert second.parent == first.parent


def test_runs_begun_in_one_moment_have_a_folder_each(own_places):
    now = datetime.datetime(2026, 3, 4, 5, 6, 7)
    spec = RunSpec(DatasetSpec("/photos"), BackboneSpec("resnet18"))
    together = threading.Barrier(20)

    def begin(_number: int) -> Path:
        together.wait()
        return runs.new_folder(spec, now)

    with ThreadPoolExecutor(20) as threads:
        folders = list(threads.map(begin, range(20)))
    assert len({*folders}) == 20
    assert all(folder.is_dir() for folder in folders)


def test_only_the_folder_of_a_run_that_never_began_is_removed(own_places):
    spec = RunSpec(DatasetSpec("/photos"), BackboneSpec("resnet18"))
    for content in (False, True):
        folder = runs.new_folder(spec)
        if content:
            (folder / "run.json").write_text("{}")
        runs.remove_if_empty(folder)
        assert folder.exists() == content


def test_a_run_that_is_refused_before_it_begins_leaves_no_folder_and_is_not_listed(own_places, tmp_path, monkeypatch):
    def refused(*_names: str) -> Iterator[Event]:
        listed.append(list(index.list_runs())[-1])
        raise UserError("There is no such layer.")
        yield

    listed: list[Event] = []
    monkeypatch.setattr(training, "imported", refused)
    with pytest.raises(UserError, match="no such layer"):
        list(imports.start(training.train(RunSpec(DatasetSpec(str(tmp_path)), BackboneSpec("resnet18")))))
    assert listed == [RunsListed(str(paths.runs_folder()), (), ())]
    assert list(paths.runs_folder().iterdir()) == []


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"no": "spec"}', b"\xff\xfe\x00"])
def test_reading_a_folder_that_is_no_run_is_an_error_that_names_it(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=tmp_path.name):
        runs.read(tmp_path)
