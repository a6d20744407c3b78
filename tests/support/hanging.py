"""A hard end for tests that hang where no signal reaches them, as in Qt's C++: all stacks, then the process exits."""

from __future__ import annotations

import faulthandler
import os
import sys
from collections.abc import Generator

import pytest

TEARDOWN_S = 900.0
"""Longest teardown in seconds. The limit of pytest-timeout counts once; a test that reached it has none after it."""


class Hanging:
    """Ends the process when a teardown hangs; pytest-xdist reports that test as crashed and goes on with the others.

    pytest's own `faulthandler_timeout` does this for setup and call, but stops watching once a test has failed.
    """

    def __init__(self) -> None:
        self._stderr = os.dup(sys.__stderr__.fileno() if sys.__stderr__ is not None else 2)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        faulthandler.dump_traceback_later(TEARDOWN_S, exit=True, file=self._stderr)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def pytest_unconfigure(self) -> None:
        os.close(self._stderr)
