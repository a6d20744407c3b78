"""Waiting for what comes by itself, however slow or busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 0.005
"""Seconds between two looks."""


def wait_for(condition: Callable[[], object], *, alive: Callable[[], object] = lambda: True) -> None:
    """Wait until `condition` holds, for as long as the time limit of a test allows; fails where `alive` no longer does.

    A limit of its own would only turn a busy machine into a red test.
    """
    while not condition():
        assert alive() or condition(), "it ended before what was waited for came"
        time.sleep(PAUSE)
