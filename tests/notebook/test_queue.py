"""`studio.queue` in a notebook or a script."""

from __future__ import annotations

import pytest
from tiny import SMALL

import studio
from studio.runs.batches.run_queue import RunQueue


def test_queued_runs_are_added_moved_and_removed(shared_photos):
    queue = studio.queue()
    assert repr(queue) == "Queue of 0 runs, not running"
    numbers = [queue.add(shared_photos, SMALL, epochs=epochs) for epochs in (1, 2, 3)]
    assert numbers == [1, 2, 3]
    queue.move(3, "first")
    queue.move(1, "last")
    assert [one.number for one in RunQueue().read().runs] == [3, 2, 1]
    queue.move(1, 2)
    assert [one.spec.train.epochs for one in queue.runs] == [3, 1, 2]
    queue.remove(1, 2)
    assert "random weights, 3 epochs, seed 7" in repr(queue)
    assert not queue.stop(), "nothing trains them"
    with pytest.raises(studio.UserError, match="no run 1"):
        queue.move(1, 1)
    with pytest.raises(studio.UserError, match="no run 2"):
        queue.remove(3, 2)
    with pytest.raises(studio.UserError, match="0 is not a position"):
        queue.move(3, 0)
    assert [one.number for one in queue.runs] == [3]


def test_settings_that_cannot_train_are_refused_when_added(shared_photos, tmp_path):
    queue = studio.queue()
    with pytest.raises(studio.UserError, match="Epochs"):
        queue.add(shared_photos, epochs=0)
    with pytest.raises(studio.UserError, match="no folder"):
        queue.add(tmp_path / "gone")
    with pytest.raises(TypeError, match="epoch"):
        queue.add(shared_photos, epoch=3)
    assert queue.runs == ()


@pytest.mark.slow
def test_the_queue_trains_in_order_and_a_failure_stays(shared_photos):
    queue = studio.queue()
    for settings in ({"epochs": 1}, {"epochs": 2}, {"epochs": 1, "freeze_until": "nothing"}):
        queue.add(shared_photos, SMALL, device="cpu", **settings)
    queue.move(2, "first")
    runs = queue.start(progress=False)
    assert [run.spec.train.epochs for run in runs] == [2, 1]
    (left,) = queue.runs
    assert (left.number, "“nothing”" in left.failure) == (3, True)
