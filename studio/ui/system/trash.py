"""Moves a run to the system's trash, from which it can be restored."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFile

from studio.events import Events, Stage
from studio.jobs.protocol import Stop, Work
from studio.runs import folder
from studio.runs.files import lock
from studio.spec import UserError


def discard(run: Path) -> Work:
    """Move the folder of a run to the trash.

    Raises:
        UserError: The folder is not a run, a program is writing to it, or its disk has no trash.
    """

    def work(_stop: Stop) -> Events:
        yield Stage("discard", "Moving the run to the trash")
        folder.read(run)  # refuses a folder that is not a run: nothing else may be deleted
        if lock.is_held(run):
            raise lock.busy_error(run)
        if not QFile.moveToTrash(str(run)) or run.exists():
            raise UserError(
                f"The run {run} could not be moved to the trash.", "Delete its folder in the file manager instead.", run
            )

    return work
