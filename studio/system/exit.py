"""How the process of the command and of the window ends: at once.

Python would take torch down in order, object by object, which takes longer than a second run does. Nothing is lost by
not waiting: threads have ended or may be left, and whatever is written, is written whole or not at all.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import NoReturn


def end(status: int) -> NoReturn:
    """End the process with this exit status; what was printed is out before."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or a reader that is gone, or none
            stream.flush()
    os._exit(status)
