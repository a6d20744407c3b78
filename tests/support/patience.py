"""Waits of the window's tests: as long as a busy machine needs, so that a red test means that nothing came."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

LONG_MS = 300_000
"""For what must come. Below the time limit of a test, so that the test says what it waited for."""

GOING_S = 30.0
"""For what must go away, after a test."""


class PatientBot(QtBot):
    """A `QtBot` whose waits last `LONG_MS` where a test names no other time."""

    def waitExposed(self, widget: Any, *, timeout: int = LONG_MS) -> Any:
        return super().waitExposed(widget, timeout=timeout)

    def waitActive(self, widget: Any, *, timeout: int = LONG_MS) -> Any:
        return super().waitActive(widget, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = LONG_MS, **choices: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **choices)

    def waitSignals(self, signals: Any, *, timeout: int = LONG_MS, **choices: Any) -> Any:
        return super().waitSignals(signals, timeout=timeout, **choices)

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = LONG_MS) -> None:
        super().waitUntil(callback, timeout=timeout)


def wait_for_none(left: Callable[[], list[str]], meanwhile: Callable[[], object]) -> list[str]:
    """Wait until nothing is left; gives what still is after `GOING_S`."""
    end = time.monotonic() + GOING_S
    while (found := left()) and time.monotonic() < end:
        meanwhile()
        time.sleep(0.02)
    return found
