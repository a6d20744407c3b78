"""The job protocol: a generator of events that can be stopped between two of them, or in a long step."""

from __future__ import annotations

from collections.abc import Callable

from studio.events import Events
from studio.system.failures import is_out_of_memory as is_out_of_memory

Stop = Callable[[], bool]
"""Function that long steps call between two yields; it returns True once the job should end."""

Work = Callable[[Stop], Events]
"""A job that has not started: a function that takes a `Stop` and returns the generator."""


class Interrupted(Exception):  # noqa: N818  # not an error: the user requested it
    """Raised inside a long step after a request to stop; the job ends as `Cancelled`."""


def never() -> bool:
    """A `Stop` for jobs that are never stopped."""
    return False
