"""The last event of a job that failed."""

from __future__ import annotations

import traceback

from studio.events import Cancelled, Failed
from studio.jobs.protocol import Interrupted
from studio.system.failures import in_words
from studio.system.failures import ran_out as ran_out


def failure(error: BaseException) -> Failed | Cancelled:
    """An exception in words."""
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return Cancelled()
    words = in_words(error)
    trace = "".join(traceback.format_exception(error)) if words.unexpected else ""
    return Failed(words.title, words.hint, trace)
