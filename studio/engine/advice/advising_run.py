"""A run that computes advice in place of training, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from studio.engine.training.training_run import TrainingRun
from studio.events import DatasetScanned, Events, RunStarted


def advise(make: Callable[[Path], TrainingRun]) -> Events:
    """Yield the events of a run, except those with which the window would show a new run.

    Args:
        make: Makes the run for a temporary folder, because a run needs one; the folder is removed at the end.
    """
    with tempfile.TemporaryDirectory(prefix="thaw-advice-", ignore_cleanup_errors=True) as folder:
        for event in make(Path(folder)).events(None):
            if not isinstance(event, RunStarted | DatasetScanned):
                yield event
