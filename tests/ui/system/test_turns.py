"""Drawings that are due at the same time get a turn of the event loop each."""

from __future__ import annotations

import time
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer

from studio.ui.system import turns
from studio.ui.system.turns import TurnTimer


def test_another_timer_is_handled_between_two_drawings_that_are_due_at_once(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, done = QObject(), []
    monkeypatch.setattr(turns, "LATE_S", 1.0)
    first = TurnTimer(owner, 1, lambda: done.append("first"))
    second = TurnTimer(owner, 1, lambda: done.append("second"))
    click = QTimer(owner, singleShot=True)
    click.timeout.connect(lambda: done.append("click"))
    first.start()
    second.start()
    click.start(1)
    time.sleep(0.005)  # all three are due before the event loop goes on
    qtbot.waitUntil(lambda: len(done) == 3)
    assert done == ["first", "click", "second"]


def test_what_became_due_while_a_drawing_was_late_comes_before_it(qtbot: Any) -> None:
    owner, done = QObject(), []
    drawing = TurnTimer(owner, 1, lambda: done.append("drawing"))
    click = QTimer(owner, singleShot=True)
    click.timeout.connect(lambda: done.append("click"))
    drawing.start()
    click.start(3)
    time.sleep(0.02)  # another drawing
    qtbot.waitUntil(lambda: len(done) == 2)
    assert done == ["click", "drawing"]


def test_a_drawing_that_waits_for_others_is_done_although_they_go_on(qtbot: Any) -> None:
    owner, done = QObject(), []

    def again() -> None:
        time.sleep(0.002)
        busy.start()

    busy = TurnTimer(owner, 0, again)
    other = TurnTimer(owner, 1, lambda: done.append("other"))
    busy.start()
    other.start()
    qtbot.waitUntil(lambda: done == ["other"], timeout=1000)
    busy.stop()
    assert not busy.is_active()
