"""Workers that pause for a window."""

from __future__ import annotations

import pytest

from studio.jobs import worker_pauses as module
from studio.jobs.worker_pauses import MOST_S, SHARE, WorkerPauses, worker_pauses
from studio.jobs.workers import map_ordered


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of now, and the pauses after it."""
    times = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: times[0])
    monkeypatch.setattr(module.time, "sleep", times.append)
    return times


def test_workers_pause_only_while_asked_and_never_longer_than_they_work(clock: list[float]) -> None:
    pauses = WorkerPauses()
    pauses.pause(1.0)
    assert clock[1:] == []
    pauses.request(0.5)
    pauses.pause(0.002)
    pauses.pause(5.0)
    assert clock[1:] == [SHARE * 0.002, MOST_S]
    clock[0] += 0.6
    pauses.pause(5.0)
    assert len(clock) == 3


def test_every_item_is_done_all_the_same() -> None:
    worker_pauses.request(0.01)
    assert list(map_ordered(str, range(20), 2)) == [str(number) for number in range(20)]
