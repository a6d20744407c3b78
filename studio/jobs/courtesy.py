"""Lets worker threads give way while a window has something to draw.

Python runs one thread at a time: with four workers at the photos, a window that needs the interpreter a hundred times
to paint itself waits for one of them each time.
"""

from __future__ import annotations

import time

MOST_S = 0.02
"""Longest pause of a worker between two items."""

SHARE = 2.0
"""Longest pause as a multiple of the time of the item before: a window that is always late does not stop the work."""


class Courtesy:
    """A request to give way, which ends by itself."""

    def __init__(self) -> None:
        self._until = 0.0

    def ask(self, seconds: float) -> None:
        """Ask the workers to give way for a while; costs nothing, so that it can be asked at each event."""
        self._until = time.monotonic() + seconds

    def give_way(self, worked: float) -> None:
        """Pause, where that was asked for.

        Args:
            worked: Seconds that the last item took.
        """
        left = self._until - time.monotonic()
        if left > 0:
            time.sleep(min(left, MOST_S, SHARE * worked))


courtesy = Courtesy()
"""The request of this process."""
