"""Time limits of waits in tests of the window, long enough for a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

LONG_MS = 300_000
"""Milliseconds to wait for an expected change; less than a test's time limit, so that a failure names the wait."""

GOING_S = 30.0
"""Seconds to wait for threads and windows to end after a test."""


class PatientBot(QtBot):
    """A `QtBot` whose waits have a default limit of `LONG_MS`."""

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
    """Wait until `left` returns nothing; returns what remains after `GOING_S`."""
    end = time.monotonic() + GOING_S
    while (remaining := left()) and time.monotonic() < end:
        meanwhile()
        time.sleep(0.02)
    return remaining
