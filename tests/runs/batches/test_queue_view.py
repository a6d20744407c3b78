"""The queue of the terminal as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import story

from studio.runs.batches import queue_view
from studio.runs.batches.queue_lines import QueueView
from studio.runs.batches.run_queue import RunQueue
from studio.runs.folder import record_events
from studio.spec import DatasetSpec, RunSpec, TrainSpec


def test_lines_have_the_state_of_each_run_and_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = RunQueue(tmp_path / "q")
    assert queue_view.read(queue) == QueueView()
    for epochs in (1, 2, 3):
        queue.add(RunSpec(DatasetSpec("/nowhere"), train=TrainSpec(epochs=epochs)))
    queue.update(2, failure="The disk is full.")
    with queue.running_here():
        assert not queue_view.read(queue).running, "it is this process that trains"
        monkeypatch.setattr("studio.runs.files.lock.is_here", lambda _process: False)
        view = queue_view.read(queue)
        assert view.running
        assert view.worker == queue.worker != ""
    view = queue_view.read(queue, [3])
    assert [(one.number, one.state, one.failure) for one in view.lines] == [
        (1, "waiting", ""),
        (2, "failed", "The disk is full."),
    ]
    assert (view.running, view.worker, view.error) == (False, "", "")


def test_an_unreadable_queue_is_reported_and_not_changed(tmp_path: Path) -> None:
    queue = RunQueue(tmp_path / "q")
    queue.add(RunSpec(DatasetSpec("/nowhere")))
    queue.file.write_text("{")
    view = queue_view.read(queue, [1])
    assert not view.lines
    assert "cannot be read as a queue" in view.error
    assert queue.file.read_text() == "{"


def test_a_run_that_began_has_the_state_of_its_record(tmp_path: Path) -> None:
    list(record_events(story(tmp_path / "run", 1), tmp_path / "run"))
    queue = RunQueue(tmp_path / "q")
    for run, failure in ((str(tmp_path / "run"), "Before."), (str(tmp_path / "gone"), ""), (str(tmp_path), "Full.")):
        number = queue.add(RunSpec(DatasetSpec("/nowhere"))).number
        queue.update(number, run=run, failure=failure)
    assert [one.state for one in queue_view.read(queue).lines] == ["done", "waiting", "failed"]


def test_a_run_is_moved_before_others_are_removed(tmp_path: Path) -> None:
    queue = RunQueue(tmp_path / "q")
    for _ in range(3):
        queue.add(RunSpec(DatasetSpec("/nowhere")))
    assert [one.number for one in queue_view.read(queue, [2], [(3, 0)]).lines] == [3, 1]
