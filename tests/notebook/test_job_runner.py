"""Jobs run by the library."""

from __future__ import annotations

import threading

import pytest

from studio.events import Stage
from studio.notebook import job_runner
from studio.notebook.job_runner import run_job
from studio.spec import UserError


def interrupt(_event):
    raise KeyboardInterrupt


def test_events_come_in_order_and_in_the_callers_thread():
    seen = []
    stages = [Stage("a", "A"), Stage("b", "B")]
    events = run_job(lambda stop: iter_of(stages), lambda event: seen.append((event, threading.current_thread())))
    assert events == stages
    assert seen == [(stage, threading.current_thread()) for stage in stages]


def iter_of(events):
    yield from events


def test_an_error_of_the_job_is_raised_to_the_caller():
    def work(_stop):
        yield Stage("a", "A")
        raise ZeroDivisionError("in the job")

    with pytest.raises(ZeroDivisionError, match="in the job"):
        run_job(work, progress=False)


def test_an_error_of_the_system_is_a_user_error_without_frames():
    def work(_stop):
        yield Stage("a", "A")
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    with pytest.raises(UserError, match="not enough memory") as refused:
        run_job(work, progress=False)
    assert "smaller batch" in refused.value.hint
    assert (refused.value.__cause__, refused.value.__suppress_context__) == (None, True)
    assert "work" not in [frame.name for frame in refused.traceback]


def test_a_job_stops_at_the_next_step_and_is_closed():
    ends = []

    def work(stop):
        try:
            yield Stage("a", "A")
            while not stop():
                pass
            yield Stage("b", "B")
            ends.append("went on")
        finally:
            ends.append("closed")

    with pytest.raises(KeyboardInterrupt):
        run_job(work, interrupt)
    assert ends == ["closed"]


def test_a_step_that_ignores_stop_is_not_awaited(monkeypatch):
    monkeypatch.setattr(job_runner, "STOP_SECONDS", 0.01)
    over, closed = threading.Event(), threading.Event()

    def work(_stop):
        try:
            yield Stage("import", "A library")
            over.wait()
            yield Stage("b", "B")
        finally:
            closed.set()

    with pytest.raises(KeyboardInterrupt):
        run_job(work, interrupt)
    assert not closed.is_set()
    over.set()
    closed.wait()


def test_a_script_under_torchrun_is_refused_with_the_command_that_trains(monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    begun = []
    with pytest.raises(UserError, match=r"several workers \(2 were started\)") as raised:
        run_job(lambda stop: begun.append(stop) or iter_of([]), progress=False)
    assert "torchrun --nproc-per-node N -m studio train" in raised.value.hint
    assert not begun
