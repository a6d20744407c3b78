"""Workers that give way to a window."""

from __future__ import annotations

import pytest

from studio.jobs import courtesy as module
from studio.jobs.courtesy import MOST_S, SHARE, Courtesy, courtesy
from studio.jobs.workers import map_ordered


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of now, and the pauses after it."""
    times = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: times[0])
    monkeypatch.setattr(module.time, "sleep", times.append)
    return times


def test_workers_pause_only_while_asked_and_never_longer_than_they_work(clock: list[float]) -> None:
    polite = Courtesy()
    polite.give_way(1.0)
    assert clock[1:] == []
    polite.ask(0.5)
    polite.give_way(0.002)
    polite.give_way(5.0)
    assert clock[1:] == [SHARE * 0.002, MOST_S]
    clock[0] += 0.6
    polite.give_way(5.0)
    assert len(clock) == 3


def test_every_item_is_done_all_the_same() -> None:
    courtesy.ask(0.01)
    assert list(map_ordered(str, range(20), 2)) == [str(number) for number in range(20)]
