"""How far the work is: rate and time left follow the last seconds, and survive a machine that slept."""

from __future__ import annotations

import pytest

from studio.events import Progress
from studio.jobs import progress
from studio.jobs.progress import Pace


def test_a_machine_that_slept_changes_neither_rate_nor_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    steps = Pace("check", 1000)
    told = []
    for done in range(1, 1001):
        now += 3600 if done == 500 else 0.02
        told.append(steps.at(done))
    said = [word for word in told if word is not None]
    assert [word.done for word in said if 400 < word.done < 600]
    assert {round(word.rate, 6) for word in said} == {50.0}
    assert all(word.seconds_left == pytest.approx((1000 - word.done) / 50) for word in said)


def test_steps_that_take_long_from_now_on_are_no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    steps, told = Pace("train", 100), None
    for done in range(1, 41):
        now += 0.2 if done < 30 else 8.0
        told = steps.at(done)
    assert isinstance(told, Progress)
    assert told.rate == pytest.approx(1 / 8)
    assert told.seconds_left == pytest.approx(60 * 8)


def test_nothing_is_a_pause_before_the_first_step_was_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    steps = Pace("train", 10)
    now = 20.0
    told = steps.at(1)
    assert told is not None
    assert (told.rate, told.seconds_left) == (pytest.approx(0.05), pytest.approx(180))
