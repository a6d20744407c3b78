"""Pauses of worker threads while a window has something to draw.

Python runs one thread at a time: with four workers at the photos, a window that needs the interpreter a hundred times
to paint itself waits for one of them each time.
"""

from __future__ import annotations

import time

MOST_S = 0.02
"""Longest pause of a worker between two items."""

SHARE = 2.0
"""Longest pause as a multiple of the time of the item before: a window that is always late does not stop the work."""


class WorkerPauses:
    """A request to the workers to pause between two items; it ends by itself."""

    def __init__(self) -> None:
        self._until = 0.0

    def request(self, seconds: float) -> None:
        """Request pauses for some seconds from now; it is cheap enough for every event of a window."""
        self._until = time.monotonic() + seconds

    def pause(self, worked: float) -> None:
        """Pause the calling worker, if that is requested.

        Args:
            worked: Seconds that the last item took.
        """
        left = self._until - time.monotonic()
        if left > 0:
            time.sleep(min(left, MOST_S, SHARE * worked))


worker_pauses = WorkerPauses()
"""The request of this process."""
