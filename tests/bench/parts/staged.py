"""Shared code of the benchmarks: a window with a driver, and the result of a job."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any


def window(drive: Callable[[Any], object]) -> None:
    """Open the window as the user does, and call `drive(window)` after its first paint. Ends with the process."""
    from studio.ui import window as module

    class Watched(module.MainWindow):
        """A window that starts the driver at its first paint, which includes all child widgets."""

        driver: object = None

        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            if self.driver is None:
                self.driver = drive(self)

    module.MainWindow = Watched
    from studio.cli import main

    sys.exit(main.main([]))


def finish(steps: Iterator[Any]) -> Any:
    """Run a job to its end and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
