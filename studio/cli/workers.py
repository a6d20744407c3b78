"""Commands with several workers, which `torchrun` starts: the first prints progress and results, the others nothing."""

from __future__ import annotations

from studio.jobs.protocol import Interrupted, Work
from studio.spec import UserError
from studio.system import worker_place
from studio.system.process import signals

COMMANDS = ("extract", "resume", "train")
"""Commands that several workers can carry out together."""


def require_able(command: str) -> None:
    """Refuse a command that every worker would run by itself.

    Raises:
        UserError: There are several workers, and the command is none of `COMMANDS`.
    """
    if worker_place.count() > 1 and command not in COMMANDS:
        raise UserError(
            f"“thaw {command}” does not work with several workers ({worker_place.count()} were started).",
            f"Run it without torchrun; with it: {', '.join(COMMANDS)}.",
        )


def assist(work: Work) -> int:
    """Carry out this worker's part of a job, silently; returns the exit status.

    Where worker 0 ended the job early, the status is 0: worker 0 reports the reason.
    """
    try:
        for _event in work(signals.stop_requested):
            if signals.stop_requested():
                raise KeyboardInterrupt
    except Interrupted:
        if signals.stop_requested():
            raise KeyboardInterrupt from None
    return 0
