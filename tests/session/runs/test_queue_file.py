"""The queue of runs on disk: written at once, offered by the next window, never taken from an open one."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.session.runs.queue_file import QueueFile
from studio.session.state import QueuedRun
from studio.spec import DatasetSpec, RunSpec, TrainSpec

SPECS = (RunSpec(DatasetSpec("/ä")), RunSpec(DatasetSpec("/b"), train=TrainSpec(seed=8, lr=0.1)))
QUEUE = tuple(QueuedRun(number, spec) for number, spec in enumerate(SPECS))


def test_a_queue_is_offered_when_its_window_has_ended(tmp_path: Path) -> None:
    first, second = QueueFile(tmp_path), QueueFile(tmp_path)
    first.write(QUEUE)
    assert second.left() == (), "the window is open"
    first.close()
    assert second.left() == SPECS
    assert QueueFile(tmp_path).left() == SPECS, "an offer takes nothing away"
    second.write(QUEUE)
    second.remove_left()
    second.close()
    assert QueueFile(tmp_path).left() == SPECS


def test_a_killed_window_leaves_its_queue(tmp_path: Path) -> None:
    first = QueueFile(tmp_path)
    first.write(QUEUE)
    first._lock.release(force=True)  # the system does it when a process ends
    assert QueueFile(tmp_path).left() == SPECS


def test_an_empty_queue_leaves_nothing(tmp_path: Path) -> None:
    file = QueueFile(tmp_path / "queues")
    file.write(())
    file.close()
    assert not (tmp_path / "queues").exists()
    file.write(QUEUE)
    file.write(())
    file.close()
    assert list((tmp_path / "queues").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"trainings": 3}', b'{"trainings": [{"version": 99}]}'])
def test_an_unreadable_queue_is_not_removed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.queue.json").write_bytes(content)
    file = QueueFile(tmp_path)
    assert file.left() == ()
    file.remove_left()
    assert (tmp_path / "x.queue.json").read_bytes() == content


def test_a_folder_that_cannot_be_written_raises_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = QueueFile(tmp_path / "file" / "queues")
    file.write(QUEUE)
    assert file.left() == ()
    file.close()
