"""Another computer reads what a run does."""

from __future__ import annotations

from stories import story

from studio.events import Progress, Stage
from studio.runs import folder, index
from studio.runs.files import lock


def test_the_list_says_what_the_writer_of_a_run_does(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PULSE_S", 0.0)
    run = tmp_path / "run"

    def events():
        yield from story(run, 1)
        yield Stage("train", "Training")
        yield Progress("train", 1, 4, "epochs", detail="batch 3 of 16")

    recorded = folder.record_events(events(), run)
    (running,) = [index.summary(run) for event in recorded if isinstance(event, Progress)]
    assert (running.state, running.activity) == ("running", "Training: epoch 2 of 4 · batch 3 of 16")
    assert running.seen
    ended = index.summary(run)
    assert (ended.state, ended.holder, ended.activity, ended.seen) == ("done", "", "", "")
