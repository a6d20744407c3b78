from __future__ import annotations

from pathlib import Path

from studio.runs.files import test_judgments as judgments


def test_each_epoch_is_recorded_once(tmp_path: Path) -> None:
    assert judgments.read(tmp_path) == ()
    judgments.add(tmp_path, 3, 24, 0.875)
    judgments.add(tmp_path, 3, 24, 0.875)
    judgments.add(tmp_path, 5, 24, 0.9)
    assert [(one.epoch, one.photos, one.value) for one in judgments.read(tmp_path)] == [(3, 24, 0.875), (5, 24, 0.9)]
    (tmp_path / judgments.FILE).write_text("{")
    assert judgments.read(tmp_path) == ()
