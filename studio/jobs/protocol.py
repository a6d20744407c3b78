"""What a job is: a generator of events that asks whether it should stop."""

from __future__ import annotations

from collections.abc import Callable

from studio.events import Events
from studio.system.failures import ran_out as ran_out

Stop = Callable[[], bool]
"""Asked by long steps between two yields: True once the job should end."""

Work = Callable[[Stop], Events]
"""A job that has not begun: given the question to ask, makes the generator."""


class Interrupted(Exception):  # noqa: N818  # it is no error: the user asked for it
    """Raised inside a long step once `Stop` says so; the job ends as `Cancelled`."""


def never() -> bool:
    """The `Stop` of those who never stop."""
    return False
