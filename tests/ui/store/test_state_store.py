"""The state is drawn at once, but not twice before the window handles a click."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from studio.session.state import AppState
from studio.ui.store.state_store import StateStore


@pytest.fixture
def store(qtbot: Any) -> Iterator[StateStore]:
    store = StateStore(Mock())
    yield store
    store.shut_down()
    store.wait()


def test_a_change_right_after_a_drawing_waits_a_moment(store: StateStore, qtbot: Any) -> None:
    drawn: list[AppState] = []
    store.changed.connect(drawn.append)
    first, second = AppState(), AppState()
    store.put(first)
    store.emit_now()
    assert drawn == [first]
    store.put(second)
    store.emit_now()
    assert len(drawn) == 1, "what a job found is drawn after a pause"
    qtbot.waitUntil(lambda: len(drawn) == 2)
    assert drawn[1] is second


def test_what_the_user_does_is_drawn_without_a_pause(store: StateStore, qtbot: Any) -> None:
    store.put(AppState())
    store.emit_now()
    store.put(AppState())
    store.emit_now()
    assert store._soon.interval() > 0
    store.put(AppState())
    assert store._soon.interval() == 0
    with qtbot.waitSignal(store.changed):
        pass
