"""Tests of the signal handlers."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from studio import __main__ as start
from studio.system.process import exit, signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")


@pytest.fixture(autouse=True)
def handlers(monkeypatch) -> Iterator[None]:
    """Signal handlers as in a separate process; restored at the end."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook = sys.unraisablehook
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    sys.unraisablehook = hook
    signals._stop_requested = False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_request_a_stop(number):
    signals.install()
    assert not signals.stop_requested()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert signals.stop_requested()


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signals.install()
    os.kill(os.getpid(), signal.SIGINT)
    assert not signals.stop_requested()


def test_a_stop_during_an_import_of_qt_comes_at_its_end():
    signals.install()
    done = []

    def start() -> None:
        with signals.deferred():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("imported")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done


def test_a_keyboard_interrupt_in_a_finalizer_is_not_printed(capsys):
    signals.install()

    class Dropping:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # the handler runs between two instructions
                pass

    Dropping()
    assert signals.stop_requested()
    assert capsys.readouterr().err == ""


def test_sigint_and_sigterm_are_ignored_while_the_process_ends():
    signals.install()
    signals.finish()
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
    assert not signals.stop_requested()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_stop_while_the_first_is_reported_is_ignored(monkeypatch, number):
    """`start` imports the modules for reporting a stop before the handlers are installed."""
    ended = []

    def interrupted() -> int:
        raise KeyboardInterrupt

    def report(_error: BaseException) -> int:
        os.kill(os.getpid(), number)
        return 130

    monkeypatch.setattr(start, "_status", interrupted)
    monkeypatch.setattr(start, "_failed", report)
    monkeypatch.setattr(exit, "end", ended.append)
    start.run()
    assert ended == [130]
