"""How far the work is: rate and time left follow the last seconds, and survive a machine that slept."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time

import pytest

from studio.data import pace
from studio.data.pace import Pace
from studio.events import Progress

STEPS = """
import json, sys, time
from studio.data import pace
pace.PAUSE = 0.3
steps = pace.Pace("check", 1000)
for done in range(1, 1000):
    time.sleep(0.01)
    told = steps.at(done)
    if told:
        print(json.dumps([time.monotonic(), told.done, told.rate, told.seconds_left]), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_a_machine_that_slept_changes_neither_rate_nor_time_left() -> None:
    with subprocess.Popen([sys.executable, "-c", STEPS], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        before = [json.loads(program.stdout.readline()) for _ in range(4)][-1]
        program.send_signal(signal.SIGSTOP)
        time.sleep(0.8)
        woken = time.monotonic()
        program.send_signal(signal.SIGCONT)
        said = (json.loads(line) for line in program.stdout)
        after = list(itertools.islice((word for word in said if word[0] > woken), 3))
        program.kill()
    for _, done, rate, left in after:
        assert rate == pytest.approx(before[2], rel=0.5), (before, after)
        assert left == pytest.approx((1000 - done) / rate)


def test_steps_that_take_long_from_now_on_are_no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(pace.time, "monotonic", lambda: now)
    steps, told = Pace("train", 100), None
    for done in range(1, 41):
        now += 0.2 if done < 30 else 8.0
        told = steps.at(done)
    assert isinstance(told, Progress)
    assert told.rate == pytest.approx(1 / 8)
    assert told.seconds_left == pytest.approx(60 * 8)


def test_nothing_is_a_pause_before_the_first_step_was_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(pace.time, "monotonic", lambda: now)
    steps = Pace("train", 10)
    now = 20.0
    told = steps.at(1)
    assert told is not None
    assert (told.rate, told.seconds_left) == (pytest.approx(0.05), pytest.approx(180))
