"""Replay in a process of its own, as the window starts it."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path

import pytest

from studio.commands.automation import replay
from studio.events import ChangedPhotos, Progress, ReplayedValue, RunReplayed, Saved, Stage, Warned
from studio.jobs import processes
from studio.jobs.protocol import Interrupted, never
from studio.spec import UserError

TASKS = Path("/proc/self/task")
"""Threads of this process."""


@pytest.mark.parametrize(
    "event",
    [
        Stage("train", "Training"),
        Progress("train", 1.5, 4, "epochs", 2.0, None, "batch 1 of 2"),
        Warned("A photo — “ä” — is gone.", "Look."),
        RunReplayed(
            "/r",
            "differs",
            None,
            ("torch 2.0 then.",),
            differences=(ReplayedValue("loss", 1, 0.5), ReplayedValue("weights", 0, math.inf)),
            photos=ChangedPhotos(changed=("a.jpg",)),
        ),
    ],
)
def test_events_pass_through_lines_unchanged(event):
    line = replay.encoded(event)
    assert "\n" not in line
    assert replay.decoded(line) == event


@pytest.mark.parametrize("line", ["", "Loading…", "3", "[]", '{"event": 3}', '{"event": "Stage"}', '{"a": 1}'])
def test_other_lines_are_not_events(line):
    assert replay.decoded(line) is None


def test_events_that_only_the_terminal_shows_are_left_out():
    assert replay.decoded(replay.encoded(Saved("/r", "run"))) is None


def printing(lines: list[str], end: str):
    def run(arguments, temporary, stop):
        (temporary / "left").write_text("by a process that was ended")
        yield from lines
        return end

    return run


def test_a_process_that_ends_without_a_result_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(processes, "lines_of_studio", printing(["no event"], "✓ Listing\nthaw: It is gone. Look."))
    with pytest.raises(UserError, match=r"^It is gone\. Look\.$"):
        list(replay.replay_beside(Path("/r"))(never))
    monkeypatch.setattr(processes, "lines_of_studio", printing([replay.encoded(Stage("a", "A"))], "Killed"))
    with pytest.raises(UserError, match="ended without a result"):
        list(replay.replay_beside(Path("/r"))(never))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_replay_in_another_process_is_the_same_and_leaves_no_file(photos, tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    arguments = ["train", str(photos), "--epochs", "1", "--out", str(tmp_path / "run"), "--device", "cpu"]
    list(processes.lines_of_studio(arguments, place, never))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    threads = {task.name for task in TASKS.iterdir()}
    *events, result = replay.replay_beside(tmp_path / "run")(never)
    assert (result.result, result.largest_difference) == ("same", 0.0)
    assert any(isinstance(event, Progress) for event in events)
    asked = []

    def stop() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 20

    with pytest.raises(Interrupted):
        list(replay.replay_beside(tmp_path / "run")(stop))
    assert list(place.iterdir()) == []
    # One of an earlier test may end meanwhile; none may be added.
    assert {task.name for task in TASKS.iterdir()} <= threads
