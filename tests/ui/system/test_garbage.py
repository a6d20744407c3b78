"""Garbage collections of the window are short: many new objects are set apart (`gc.freeze`) and not examined."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from studio.ui.system import responsiveness
from studio.ui.system.responsiveness import (
    ALL_EVERY_S,
    AWAY_EVERY_S,
    BURST_CHECKS,
    MANY,
    MIDDLE_EVERY_S,
    MOST_APART,
    Scheduling,
)


class Collector:
    """A stand-in for the module `gc` that records the calls."""

    def __init__(self):
        self.young, self.calls = 0, []

    def get_count(self):
        return self.young, 0, 0

    def collect(self, generation=2):
        self.calls.append(generation)
        self.young = 0

    def freeze(self):
        self.calls.append("freeze")
        self.young = 0

    def unfreeze(self):
        self.calls.append("unfreeze")

    def isenabled(self):
        return False

    def disable(self):
        pass


@pytest.fixture
def looked(qapp, monkeypatch):
    """A function that lets time pass, makes objects and looks: it returns what was collected."""
    collector, now = Collector(), [time.monotonic()]
    monkeypatch.setattr(responsiveness, "gc", collector)
    monkeypatch.setattr(responsiveness.time, "monotonic", lambda: now[0])
    active = Qt.ApplicationState.ApplicationActive
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: active)
    scheduling = Scheduling()
    scheduling._timer.stop()

    def look(objects, seconds=0.0):
        now[0] += seconds
        collector.young += objects
        collector.calls.clear()
        scheduling.collect()
        return list(collector.calls)

    yield look
    scheduling.end()


def test_few_objects_are_collected_at_once_and_many_are_set_apart(looked):
    assert looked(100) == []
    assert looked(1_000) == [0]
    assert [looked(MANY + 1) for _ in range(BURST_CHECKS)] == [[]] * BURST_CHECKS
    assert looked(0) == ["freeze"], "they stayed, so they are data"
    assert looked(1_000) == [0]


def test_objects_that_survived_are_not_examined_again(looked):
    assert looked(0, MIDDLE_EVERY_S + 1) == [1]
    for _ in range(9):
        assert looked(1_000) == [0]
    assert looked(0, MIDDLE_EVERY_S + 1) == ["freeze"], "9,000 may have survived"
    assert looked(0, ALL_EVERY_S + 1) == [2]
    assert looked(MANY, MIDDLE_EVERY_S + 1) == [1]
    assert looked(1, ALL_EVERY_S + 1) == ["freeze"]


def test_everything_is_collected_while_the_user_is_in_another_program(looked, monkeypatch):
    assert looked(1_000, AWAY_EVERY_S + 1) == [2]
    inactive = Qt.ApplicationState.ApplicationInactive
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: inactive)
    assert looked(1_000) == ["unfreeze", 2, "freeze"]
    assert looked(1_000) == [0], "not again at once"


def test_the_number_of_objects_set_apart_is_limited(looked):
    for _ in range(MOST_APART // (10 * MANY)):
        calls = [looked(10 * MANY), *(looked(0) for _ in range(BURST_CHECKS))]
        assert calls[-1] == ["freeze"]
    looked(10 * MANY)
    assert [looked(0) for _ in range(BURST_CHECKS)][-1] == ["freeze"]
    assert looked(0) == ["unfreeze", 2, "freeze"]
    assert looked(0) == []
