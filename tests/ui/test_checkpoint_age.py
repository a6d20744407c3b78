"""The age of the last checkpoint while a run trains."""

from __future__ import annotations

from typing import Any

import pytest
import states

from studio.events import Checkpoint
from studio.spec.structs import replace
from studio.ui.checkpoint_age import CheckpointAge


def test_the_last_checkpoint_ages_while_a_run_trains(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    label = CheckpointAge()
    qtbot.addWidget(label)
    before = states.state()
    run = replace(states.run(before.spec, done=False), checkpoint=Checkpoint(2.0, 0.01))
    label.show_state(before.showing(run))
    assert label.isHidden(), "nothing runs"
    now = [100.0]
    monkeypatch.setattr("studio.ui.checkpoint_age.time.monotonic", lambda: now[0])
    label.show_state(states.with_job(before.showing(run), "train"))
    assert label.text() == "Checkpoint saved just now"
    now[0] += 12
    label._timer.timeout.emit()
    assert label.text() == "Checkpoint saved 12\u202fs ago"
    label.show_state(states.with_job(before.showing(replace(run, checkpoint=Checkpoint(3.0, 0.01))), "train"))
    assert label.text() == "Checkpoint saved just now"
    label.show_state(before.showing(run))
    assert not label._timer.isActive()
