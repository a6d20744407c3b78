from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from studio.runs.files import test_judgments as judgments


def test_each_epoch_is_recorded_once(tmp_path: Path) -> None:
    assert judgments.read(tmp_path) == ()
    judgments.add(tmp_path, 3, 24, 0.875)
    judgments.add(tmp_path, 3, 24, 0.875)
    judgments.add(tmp_path, 5, 24, 0.9)
    rows = judgments.read(tmp_path)
    assert [(one.epoch, one.photos, one.value, one.times) for one in rows] == [(3, 24, 0.875, 2), (5, 24, 0.9, 1)]
    assert rows[0].latest == rows[0].last >= rows[0].time
    assert rows[1].latest == rows[1].time


def test_judgments_of_earlier_versions_count_as_one(tmp_path: Path) -> None:
    row = '[{"time": "2026-11-26T10:00:00+00:00", "epoch": 3, "photos": 24, "value": 0.875}]'
    (tmp_path / judgments.FILE).write_text(row)
    (one,) = judgments.read(tmp_path)
    assert (one.times, one.latest) == (1, "2026-11-26T10:00:00+00:00")
    judgments.add(tmp_path, 3, 24, 0.875)
    assert judgments.read(tmp_path)[0].times == 2


def test_a_damaged_list_is_renamed_without_replacing_an_earlier_one(tmp_path: Path) -> None:
    for number, name in enumerate(("test_judgments.damaged.json", "test_judgments.damaged1.json")):
        (tmp_path / judgments.FILE).write_text(f"{{{number}")
        assert judgments.read(tmp_path) == ()
        assert judgments.add(tmp_path, number, 24, 0.875) == tmp_path / name
        assert (tmp_path / name).read_text() == f"{{{number}"
        assert [one.epoch for one in judgments.read(tmp_path)] == [number]
    assert judgments.add(tmp_path, 5, 24, 0.9) is None
    assert (tmp_path / "test_judgments.damaged.json").read_text() == "{0"


def test_a_list_that_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / judgments.FILE).mkdir()
    with pytest.raises(OSError, match="test_judgments"):
        judgments.add(tmp_path, 3, 24, 0.875)
    assert (tmp_path / judgments.FILE).is_dir()


def test_a_recorded_judgment_needs_no_lock(tmp_path: Path) -> None:
    judgments.add(tmp_path, 3, 24, 0.875)
    (tmp_path / judgments.LOCK).unlink(missing_ok=True)
    (tmp_path / judgments.LOCK).mkdir()  # as on a disk that is read-only, which root can write nevertheless
    assert judgments.add(tmp_path, 3, 24, 0.875) is None
    with pytest.raises(OSError, match="lock"):
        judgments.add(tmp_path, 5, 24, 0.9)


def test_judgments_that_are_recorded_at_the_same_time_are_all_there(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda epoch: judgments.add(tmp_path, epoch, 24, 0.5), range(24)))
    assert sorted(one.epoch for one in judgments.read(tmp_path)) == list(range(24))


def test_a_judgment_waits_for_another_program_and_says_so_if_it_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judgments, "PATIENCE", 0.05)
    with FileLock(tmp_path / judgments.LOCK), pytest.raises(OSError, match="could not be acquired"):
        judgments.add(tmp_path, 3, 24, 0.875)
    assert judgments.read(tmp_path) == ()
