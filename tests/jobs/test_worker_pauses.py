"""Workers that pause for a window."""

from __future__ import annotations

import pytest

from studio.jobs import worker_pauses as module
from studio.jobs.worker_pauses import LOOK_S, MOST_DRAWING_S, MOST_S, SHARE, WorkerPauses, unhurried, worker_pauses
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


def test_a_loop_over_many_items_waits_while_a_window_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing, pauses = worker_pauses.drawing(), list[float]()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            drawing.__exit__(None, None, None)

    monkeypatch.setattr(module.time, "sleep", sleep)
    drawing.__enter__()
    assert list(unhurried(range(200))) == list(range(200))
    assert pauses == [LOOK_S] * 3


def test_a_window_that_draws_for_long_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = list[float]()
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    with worker_pauses.drawing(), worker_pauses.drawing():
        assert list(unhurried("ab")) == ["a", "b"]
    assert sum(pauses) == pytest.approx(MOST_DRAWING_S, abs=2 * LOOK_S)
    pauses.clear()
    assert list(unhurried("ab")) == ["a", "b"]
    assert not pauses
