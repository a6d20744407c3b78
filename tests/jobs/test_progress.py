"""Tests of the progress: rate and remaining time follow the last seconds, without pauses of the machine."""

from __future__ import annotations

import pytest

from studio.events import Progress
from studio.jobs import progress
from studio.jobs.progress import Pace


def test_a_sleep_of_the_computer_changes_neither_rate_nor_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    steps = Pace("check", 1000)
    reports = []
    for done in range(1, 1001):
        now += 3600 if done == 500 else 0.02
        reports.append(steps.at(done))
    sent = [one for one in reports if one is not None]
    assert [one.done for one in sent if 400 < one.done < 600]
    assert {round(one.rate, 6) for one in sent} == {50.0}
    assert all(one.seconds_left == pytest.approx((1000 - one.done) / 50) for one in sent)


def test_slow_steps_are_not_taken_for_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    steps, report = Pace("train", 100), None
    for done in range(1, 41):
        now += 0.2 if done < 30 else 8.0
        report = steps.at(done)
    assert isinstance(report, Progress)
    assert report.rate == pytest.approx(1 / 8)
    assert report.seconds_left == pytest.approx(60 * 8)


def test_a_long_first_step_is_not_taken_for_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    steps = Pace("train", 10)
    now = 20.0
    report = steps.at(1)
    assert report is not None
    assert (report.rate, report.seconds_left) == (pytest.approx(0.05), pytest.approx(180))
