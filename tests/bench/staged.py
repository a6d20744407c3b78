"""What several of these programs need: the window with a driver in it, and a job run to its result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any


def window(drive: Callable[[Any], object]) -> None:
    """Open the window as the user does; `drive(window)` is called behind its first paint. Ends with the process."""
    from studio.ui import window as module

    class Watched(module.MainWindow):
        """Tells of its first paint, which is that of everything in it."""

        driver: object = None

        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            if self.driver is None:
                self.driver = drive(self)

    module.MainWindow = Watched
    from studio.cli import main

    sys.exit(main.main([]))


def finish(steps: Iterator[Any]) -> Any:
    """Run a job to its end and give what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
