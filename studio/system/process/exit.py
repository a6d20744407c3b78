"""Immediate exit of the process, for command and window.

At a normal exit, Python destroys torch's objects one by one, which takes seconds. Skipping that is safe: threads have
ended or may be abandoned, and all files are written atomically.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import NoReturn


def end(status: int) -> NoReturn:
    """End the process with this exit status, after flushing the standard streams."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, its reader is gone, or None
            stream.flush()
    os._exit(status)
