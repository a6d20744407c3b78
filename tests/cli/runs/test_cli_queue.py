"""`thaw queue`: list, add, start, stop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import QUICK, refused

from studio.runs.batches.run_queue import RunQueue
from studio.spec import DatasetSpec, FreezePlan, RunSpec


def test_runs_are_added_to_the_queue_listed_and_removed(shared_photos, thaw, tmp_path):
    status, text, _ = thaw(
        "queue", "add", shared_photos, *QUICK, "--epochs", 2, "--head", "mlp", "--out", tmp_path / "r"
    )
    assert status == 0
    assert text.startswith("Added as 1: Lite0, frozen, 2 epochs, seed 7.")
    one = json.loads(thaw("queue", "add", shared_photos, "--json")[1])
    assert (one["number"], one["state"], one["run"]) == (2, "waiting", None)
    document = json.loads(thaw("queue", "--json")[1])
    assert document["running"] is False
    assert [row["number"] for row in document["trainings"]] == [1, 2]
    first = RunQueue().read().runs[0]
    assert (first.spec.head.kind, first.spec.backbone.image_size, first.out) == ("mlp", 32, str(tmp_path / "r"))
    assert "     1  Lite0, frozen, 2 epochs" in thaw("queue", "list")[1]
    refused(thaw("queue", "stop", 3), "no run 3", "It has 1, 2")
    assert thaw("queue", "stop", 1)[1].startswith("Removed: 1.")
    assert [one.number for one in RunQueue().read().runs] == [2]


def test_settings_that_cannot_train_are_refused_when_added(shared_photos, thaw, tmp_path):
    refused(thaw("queue", "add", shared_photos, "--epochs", 0), "Epochs must be at least 1")
    refused(thaw("queue", "add", tmp_path / "gone"), "There is no folder")
    refused(thaw("queue", "add", shared_photos, "--backbone", "resnet1"), "resnet1")
    refused(thaw("queue", "add", shared_photos, *QUICK, "--thaw", "block.6"), "no layer called “block.6”", "blocks.6")
    assert RunQueue().read().runs == ()


@pytest.mark.slow
def test_the_queue_runs_and_a_failure_stays_with_status_2(shared_photos, thaw, tmp_path):
    assert thaw("queue", "start")[1].startswith("The queue is empty")
    assert thaw("queue")[1] == "0 runs in the queue, which is not running.\n"
    assert thaw("queue", "stop")[1] == "The queue is not running.\n"
    refused(thaw("queue", "begin"), "begin")
    waiting = RunSpec(DatasetSpec(str(shared_photos)), freeze=FreezePlan(until="nothing"))
    RunQueue().add(waiting)
    thaw("queue", "add", shared_photos, *QUICK, "--epochs", 1, "--out", tmp_path / "second")
    status, text, error = thaw("queue", "start")
    assert status == 2
    assert text == f"Done: {tmp_path / 'second'}\n"
    assert "Run 1 failed: The network has no layer called “nothing”." in error
    (left,) = json.loads(thaw("queue", "--json")[1])["trainings"]
    assert (left["number"], left["state"]) == (1, "failed")
    runs = [path for path in Path(left["run"]).parent.iterdir() if path.is_dir()]
    assert runs == [], "a run that never began leaves no folder"


def test_the_order_of_the_queue_is_changed(thaw):
    for _ in range(3):
        RunQueue().add(RunSpec(DatasetSpec("/nowhere/photos")))
    assert thaw("queue", "move", 3, 1)[1] == "Run 3 is at position 1 of 3: 3, 1, 2.\n"
    document = json.loads(thaw("queue", "move", 3, "last", "--json")[1])
    assert document == {"number": 3, "place": 3, "order": [1, 2, 3]}
    assert json.loads(thaw("queue", "move", 2, "first", "--json")[1])["order"] == [2, 1, 3]
    assert [one.number for one in RunQueue().read().runs] == [2, 1, 3]
    refused(thaw("queue", "move", 4, 1), "no run 4", "It has 1, 2, 3")
    refused(thaw("queue", "move", 1, 0), "“0” is not a position in the queue")
