"""Moves a run to the system's trash, from where it can be taken back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFile

from studio.events import Events, Stage
from studio.jobs.protocol import Stop, Work
from studio.runs import folder, lock
from studio.spec import UserError


def discard(run: Path) -> Work:
    """Move the folder of a run to the trash.

    Raises:
        UserError: It is no run, a program writes to it, or there is no trash for its disk.
    """

    def work(_stop: Stop) -> Events:
        yield Stage("discard", "Moving the run to the trash")
        folder.read(run)  # nothing but a run is ever thrown away
        if lock.held(run):
            raise lock.taken(run)
        if not QFile.moveToTrash(str(run)) or run.exists():
            raise UserError(
                f"The run {run} could not be moved to the trash.", "Delete its folder in the file manager instead.", run
            )

    return work
