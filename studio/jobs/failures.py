"""Conversion of an exception to the last event of a job."""

from __future__ import annotations

import traceback

from studio.events import Cancelled, Failed
from studio.jobs.protocol import Interrupted
from studio.system.failures import is_out_of_memory as is_out_of_memory
from studio.system.failures import message_of


def failure(error: BaseException) -> Failed | Cancelled:
    """The event for an exception: `Cancelled` for an interruption, else `Failed` with title, hint and traceback."""
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return Cancelled()
    message = message_of(error)
    trace = "".join(traceback.format_exception(error)) if message.unexpected else ""
    return Failed(message.title, message.hint, trace)
