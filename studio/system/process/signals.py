"""Signal handlers: Ctrl+C and SIGTERM stop a command at any time, also during its start and between imports.

A library may turn an interruption of its import into another error, and Python ignores one that is raised in a
finalizer. So the request is also stored.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_stop_requested = False
_deferred = False


def install() -> None:
    """Handle both signals as a request to stop, unless they are ignored, as in a background job of a script."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _unraisable


def stop_requested() -> bool:
    """True once a stop was requested."""
    return _stop_requested


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Delay a stop until the end of the block. Qt aborts the process if its import is interrupted."""
    global _deferred
    _deferred = True
    try:
        yield
    finally:
        _deferred = False
    if _stop_requested:
        raise KeyboardInterrupt


def finish() -> None:
    """Ignore both signals from now on: the process is ending."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    global _stop_requested
    _stop_requested = True
    if not _deferred:
        raise KeyboardInterrupt


def _unraisable(dropped: sys.UnraisableHookArgs) -> None:
    """Suppress Python's message about an interruption in a finalizer; `stop_requested` reports it."""
    if not isinstance(dropped.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
