"""Waits for conditions, however slow or busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 0.005
"""Seconds between two checks."""


def wait_for(condition: Callable[[], object], *, alive: Callable[[], object] = lambda: True) -> None:
    """Wait until `condition` holds, up to the time limit of the test; fails if `alive` no longer holds."""
    # A shorter limit would only make the test fail on a busy machine.
    while not condition():
        assert alive() or condition(), "it ended before the condition held"
        time.sleep(PAUSE)
