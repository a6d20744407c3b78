"""Ctrl+C and SIGTERM stop the command, wherever it is: while it starts, between two imports, in a run.

A library that is interrupted while it is imported may turn the interruption into an error of its own, and Python drops
one that comes inside a finalizer. Therefore it is also remembered that a stop was asked for.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_asked = False
_deferred = False


def install() -> None:
    """Take both signals as a stop; where one is ignored, as in the background of a script, it stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _unraisable


def asked() -> bool:
    """True once a stop was asked for."""
    return _asked


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """While it holds, a stop is only remembered; it is raised at the end. Qt aborts where its import is interrupted."""
    global _deferred
    _deferred = True
    try:
        yield
    finally:
        _deferred = False
    if _asked:
        raise KeyboardInterrupt


def finish() -> None:
    """Ignore both signals from now on: the process is ending."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    global _asked
    _asked = True
    if not _deferred:
        raise KeyboardInterrupt


def _unraisable(dropped: sys.UnraisableHookArgs) -> None:
    """Nothing is said of an interruption that a finalizer dropped; the next look at `asked` finds it."""
    if not isinstance(dropped.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
