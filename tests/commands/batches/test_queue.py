"""The job that trains the runs in the queue of the terminal, with simulated training."""

from __future__ import annotations

import pytest

from studio.commands import training
from studio.commands.batches import queue as queue_job
from studio.events import Stage, Warned
from studio.jobs.protocol import Interrupted, never
from studio.runs.batches.run_queue import RunQueue
from studio.spec import DatasetSpec, RunSpec, TrainSpec, UserError


@pytest.fixture
def queue(tmp_path, monkeypatch):
    monkeypatch.setattr(queue_job, "READ_EVERY_S", 0.0)
    own = RunQueue(tmp_path / "q")
    for epochs in (1, 2, 3):
        own.add(RunSpec(DatasetSpec("/nowhere"), train=TrainSpec(epochs=epochs)))
    return own


@pytest.fixture
def trained(monkeypatch):
    """Epochs of the runs that began; a function in `meanwhile` is called during the run with that number of epochs."""
    begun: list[int] = []
    meanwhile = {}

    def train(spec, _run):
        def work(stop):
            begun.append(spec.train.epochs)
            yield Stage("train", "Training")
            meanwhile.get(spec.train.epochs, lambda: None)()
            yield Stage("train", "Training on")
            if stop():
                raise Interrupted

        return work

    monkeypatch.setattr(training, "train", train)
    return begun, meanwhile


def numbers(queue: RunQueue) -> list[int]:
    return [one.number for one in queue.read().runs]


def test_queued_runs_train_in_order_also_those_added_meanwhile(queue, trained):
    begun, meanwhile = trained
    meanwhile[2] = lambda: RunQueue(queue.folder).add(RunSpec(DatasetSpec("/nowhere"), train=TrainSpec(epochs=4)))
    events = list(queue_job.train_queued(queue)(never))
    assert begun == [1, 2, 3, 4]
    assert numbers(queue) == []
    titles = [event.title for event in events if isinstance(event, Stage) and event.name == "queue"]
    assert titles[0] == "Run 1 of the queue: Lite0, frozen"
    assert not queue.is_running


def test_a_failed_run_stays_with_its_reason_and_is_tried_again(queue, trained):
    begun, meanwhile = trained

    def fail() -> None:
        raise UserError("The disk is full.", "Free some space.")

    meanwhile[2] = fail
    events = list(queue_job.train_queued(queue)(never))
    assert begun == [1, 2, 3]
    assert [(one.number, one.failure) for one in queue.read().runs] == [(2, "The disk is full.")]
    assert any(isinstance(event, Warned) and "Run 2 failed" in event.title for event in events)
    del meanwhile[2]
    list(queue_job.train_queued(queue)(never))
    assert begun == [1, 2, 3, 2]
    assert numbers(queue) == []


def test_the_queue_is_stopped_by_another_process_and_its_run_stays_first(queue, trained):
    begun, meanwhile = trained
    meanwhile[2] = lambda: RunQueue(queue.folder).request_stop(True)
    list(queue_job.train_queued(queue)(never))
    assert begun == [1, 2]
    assert numbers(queue) == [2, 3]
    del meanwhile[2]
    list(queue_job.train_queued(queue)(never))
    assert begun == [1, 2, 2, 3], "the request was withdrawn"


def test_a_run_removed_from_the_queue_stops_and_the_next_one_begins(queue, trained):
    begun, meanwhile = trained
    meanwhile[1] = lambda: RunQueue(queue.folder).remove({1, 2})
    list(queue_job.train_queued(queue)(never))
    assert begun == [1, 3]
    assert numbers(queue) == []


def test_a_stop_of_this_process_does_not_change_the_queue(queue, trained):
    begun, meanwhile = trained
    asked: list[bool] = []
    meanwhile[2] = lambda: asked.append(True)
    with pytest.raises(Interrupted):
        list(queue_job.train_queued(queue)(lambda: bool(asked)))
    assert (begun, numbers(queue)) == ([1, 2], [2, 3])
    assert not queue.is_running


def test_a_finished_run_leaves_the_queue_and_the_others_wait(queue, trained):
    begun, _ = trained
    list(queue_job.train_one(2, queue)(never))
    assert (begun, numbers(queue)) == ([2], [1, 3])
    list(queue_job.train_one(2, queue)(never))
    assert begun == [2], "it has left the queue"
    assert not queue.is_running


def test_a_single_failed_run_stays_with_its_reason(queue, trained, monkeypatch):
    def fail():
        raise UserError("The disk is full.")

    trained[1][1] = fail
    with pytest.raises(UserError, match="full"):
        list(queue_job.train_one(1, queue)(never))
    assert queue.read().runs[0].failure == "The disk is full."
    with queue.running_here(), pytest.raises(UserError, match="running already"):
        list(queue_job.train_one(2, queue)(never))
    assert queue.read().runs[1].failure == "", "it is another process that trains"


def test_a_single_run_is_stopped_from_the_terminal(queue, trained):
    trained[1][1] = lambda: queue.request_stop(True)
    with pytest.raises(Interrupted):
        list(queue_job.train_one(1, queue)(never))
    assert numbers(queue) == [1, 2, 3]
    assert not queue.read().stop
