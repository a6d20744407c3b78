"""Workers that pause for a window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

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


def test_every_item_is_processed_despite_pauses() -> None:
    worker_pauses.request(0.01)
    assert list(map_ordered(str, range(20), 2)) == [str(number) for number in range(20)]


@contextmanager
def window_that_draws() -> Iterator[threading.Event]:
    """Another thread draws within this block, or until the event is set."""
    began, end = threading.Event(), threading.Event()

    def draw() -> None:
        with worker_pauses.drawing(), worker_pauses.drawing():
            began.set()
            end.wait()

    window = threading.Thread(target=draw)
    window.start()
    began.wait()
    try:
        yield end
    finally:
        end.set()
        window.join()


def test_a_loop_over_many_items_waits_while_a_window_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = list[float]()
    with window_that_draws() as end:
        sleep = module.time.sleep

        def wait(seconds: float) -> None:
            pauses.append(seconds)
            sleep(seconds)

        monkeypatch.setattr(module.time, "sleep", wait)
        items = unhurried(range(200))
        assert next(items) == 0
        before = len(pauses)
        end.set()
        assert list(items) == list(range(1, 200))
    assert before >= MOST_DRAWING_S / LOOK_S
    assert set(pauses) == {LOOK_S}
    assert sum(pauses) < 4 * MOST_DRAWING_S


def test_a_window_that_draws_for_long_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = list[float]()
    with window_that_draws():
        monkeypatch.setattr(module.time, "sleep", pauses.append)
        assert list(unhurried("ab")) == ["a", "b"]
    assert sum(pauses) == pytest.approx(MOST_DRAWING_S, abs=2 * LOOK_S)
    pauses.clear()
    assert list(unhurried("ab")) == ["a", "b"]
    assert not pauses


def test_the_thread_of_the_window_does_not_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: pytest.fail("the window waited"))
    with worker_pauses.drawing():
        assert list(unhurried("ab")) == ["a", "b"]


def test_workers_wait_between_two_photos_while_a_window_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = list[float]()
    with window_that_draws():
        monkeypatch.setattr(module.time, "sleep", pauses.append)
        assert list(map_ordered(str, range(3), 1)) == ["0", "1", "2"]
    assert set(pauses) == {LOOK_S}
    assert sum(pauses) >= 2 * MOST_DRAWING_S - 4 * LOOK_S, "after each but perhaps the last"


def test_a_drawing_that_goes_on_delays_the_work_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now = module.time.monotonic
    with window_that_draws():
        monkeypatch.setattr(module.time, "monotonic", lambda: now() + MOST_DRAWING_S)
        monkeypatch.setattr(module.time, "sleep", lambda _seconds: pytest.fail("the work waited again"))
        assert list(unhurried("ab")) == ["a", "b"]
