"""Qt's messages are logged, and only critical ones are reported as defects."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType

from studio.system import log
from studio.system.log import Defect
from studio.ui.system import qt_messages

CONTEXT = QMessageLogContext()


@pytest.fixture
def defects(monkeypatch) -> Iterator[list[Defect]]:
    """Defects that the log's listener receives; pytest-qt's own message handler is restored afterwards."""
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    received: list[Defect] = []
    log.install(received.append)
    yield received
    log.install()


def logged() -> str:
    file = Path(os.environ["XDG_STATE_HOME"]) / "thaw-studio" / "defects.log"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_a_warning_is_logged_and_no_more(defects, capsys):
    qt_messages._take(QtMsgType.QtWarningMsg, CONTEXT, "odd geometry")
    assert "Qt warning (default): odd geometry" in logged()
    assert defects == []
    assert capsys.readouterr().err == ""


def test_critical_messages_are_reported_as_defects(defects):
    qt_messages._take(QtMsgType.QtCriticalMsg, CONTEXT, "no context")
    assert [one.title for one in defects] == ["Qt critical (default): no context"]


def test_a_fatal_qt_message_is_logged_and_printed(defects, capsys):
    qt_messages._take(QtMsgType.QtFatalMsg, CONTEXT, "out of handles")
    assert "out of handles" in logged()
    assert "out of handles" in capsys.readouterr().err


def test_debug_messages_are_printed_and_not_logged(defects, capsys):
    qt_messages._take(QtMsgType.QtDebugMsg, CONTEXT, "painted")
    assert capsys.readouterr().err == "Qt: painted\n"
    assert logged() == ""


def test_a_message_raised_while_another_is_logged_is_dropped(defects, monkeypatch):
    def again(text: str, listened: bool) -> None:
        qt_messages._take(QtMsgType.QtWarningMsg, CONTEXT, f"{text} again")

    monkeypatch.setattr(log, "message", again)
    qt_messages._take(QtMsgType.QtWarningMsg, CONTEXT, "once")
