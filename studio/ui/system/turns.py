"""Turns of the event loop in which the window draws or paints something, one at a time.

Qt calls all timers that are due one after the other, and handles a click only after the last of them. Two drawings that
take 15 ms each would make it wait for 30 ms.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

AGAIN_MS = 1
"""Milliseconds after which a drawing is tried again that would have followed another one at once."""

BETWEEN_S = 0.0005
"""Seconds between two drawings, if Qt handled events in between; about 0.05 ms if it did not."""

LATE_S = 0.003
"""Seconds after which a drawing is late; it lets others go first once."""


class Turns:
    """When the last drawing ended."""

    def __init__(self) -> None:
        self._ended = -1.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The block is a drawing."""
        try:
            yield
        finally:
            self._ended = time.monotonic()

    def just_ended(self) -> bool:
        """True if Qt has handled no events since the last drawing."""
        return time.monotonic() - self._ended < BETWEEN_S


turns = Turns()
"""The only instance, for all windows of this process."""


class TurnTimer(QObject):
    """A single-shot timer for a drawing, which gets a turn of the event loop of its own."""

    def __init__(self, parent: QObject, milliseconds: int, draw: Callable[[], None]) -> None:
        super().__init__(parent)
        self._milliseconds, self._draw = milliseconds, draw
        self._due_at, self._has_waited = 0.0, False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._due)

    def start(self) -> None:
        """Draw after the timer's time, which begins anew if it runs already."""
        self._has_waited = False
        self._start(self._milliseconds)

    def stop(self) -> None:
        """Do not draw."""
        self._timer.stop()

    def is_active(self) -> bool:
        """True while a drawing is to come."""
        return self._timer.isActive()

    def _start(self, milliseconds: int) -> None:
        self._due_at = time.monotonic() + milliseconds / 1000
        self._timer.start(milliseconds)

    def _due(self) -> None:
        # What made a drawing late may have made others wait that were due after it, such as a click: they come first.
        is_late = not self._has_waited and time.monotonic() - self._due_at > LATE_S
        if is_late or turns.just_ended():
            self._has_waited |= is_late
            self._start(AGAIN_MS)
            return
        with turns.turn():
            self._draw()
