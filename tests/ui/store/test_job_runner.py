"""The events of a job reach the window as soon as it ends, not with the next tick of the timer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio.events import Done, Stage
from studio.jobs.job import Job
from studio.ui.store.job_runner import JobRunner


@pytest.fixture
def runner(qtbot: Any) -> Iterator[JobRunner]:
    runner = JobRunner()
    runner._timer.setInterval(3_600_000)
    yield runner
    runner.shut_down()
    runner.wait()


def test_a_job_that_ended_does_not_wait_for_the_timer(runner: JobRunner, qtbot: Any) -> None:
    received: list[tuple[str, object]] = []
    runner.received.connect(lambda name, event: received.append((name, event)))
    for _ in range(2):
        received.clear()
        runner.submit(Job("outputs", lambda _stop: iter([Stage("x", "Looking")])))
        qtbot.waitUntil(lambda: not runner.names())
        assert received == [("outputs", Stage("x", "Looking")), ("outputs", Done())]
    assert not runner._timer.isActive()


def test_a_job_that_ends_right_after_a_tick_makes_no_second_one_at_once(runner: JobRunner, qtbot: Any) -> None:
    runner.submit(Job("outputs", lambda _stop: iter(())))
    ticks: list[None] = []
    runner.ticked.connect(lambda: ticks.append(None))
    runner._tick()
    runner.submit(Job("heatmap", lambda _stop: iter(())))
    runner._tick_if_live()
    assert len(ticks) == 1
    qtbot.waitUntil(lambda: not runner.names())
    assert len(ticks) > 1


def test_the_timer_makes_no_second_tick_at_once_and_ends_without_jobs(runner: JobRunner, qtbot: Any) -> None:
    ticks: list[None] = []
    runner.ticked.connect(lambda: ticks.append(None))
    runner.submit(Job("outputs", lambda _stop: iter(())))
    runner._tick()
    runner.submit(Job("heatmap", lambda _stop: iter(())))
    runner._timer.timeout.emit()
    assert len(ticks) == 1
    qtbot.waitUntil(lambda: not runner.names())
    runner.submit(Job("outputs", lambda _stop: iter(())))
    runner.drop("outputs")
    runner._timer.timeout.emit()
    assert not runner._timer.isActive()


def test_the_end_of_a_dropped_job_is_not_reported(runner: JobRunner, qtbot: Any) -> None:
    received: list[tuple[str, object]] = []
    runner.received.connect(lambda name, event: received.append((name, event)))
    runner.submit(Job("outputs", lambda _stop: iter([Stage("x", "Looking")])))
    runner.drop("outputs")
    runner.submit(Job("heatmap", lambda _stop: iter(())))
    qtbot.waitUntil(lambda: bool(received))
    assert received == [("heatmap", Done())]
