"""Tests of the log of uncaught errors."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from studio.spec import UserError
from studio.system import log, paths


@pytest.fixture(autouse=True)
def installed(monkeypatch) -> None:
    """Install the hooks as in a process of the command; restored at the end."""
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    log.install()


def fail(word: str) -> None:
    raise KeyError(word)


def logged(err: str) -> str:
    """Path of the log, from the line on stderr."""
    (line,) = err.splitlines()
    assert line.startswith("thaw: Something went wrong inside the program: KeyError: ")
    file = Path(line.rpartition("the log ")[2].rstrip("."))
    assert file.is_relative_to(os.environ["XDG_STATE_HOME"])
    return file.read_text(encoding="utf-8")


def test_an_error_in_a_slot_of_the_window(capsys):
    core = pytest.importorskip("PySide6.QtCore")

    class Bell(core.QObject):
        rung = core.Signal(str)

    bell = Bell()
    bell.rung.connect(fail)
    bell.rung.emit("from a slot")
    text = logged(capsys.readouterr().err)
    assert "in fail" in text
    assert "KeyError: 'from a slot'" in text


def test_an_error_in_a_thread(capsys):
    thread = threading.Thread(target=fail, args=("a\n\x1b[31m",))
    thread.start()
    thread.join()
    assert "in fail" in logged(capsys.readouterr().err)


def test_a_stop_is_not_a_defect(capsys):
    log._uncaught(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == ""
    assert not Path(os.environ["XDG_STATE_HOME"]).exists()


def test_the_traceback_is_printed_if_no_log_can_be_written(capsys, monkeypatch):
    def nowhere() -> Path:
        raise UserError("There is no folder for files of this program.")

    monkeypatch.setattr(paths, "state_folder", nowhere)
    monkeypatch.setattr(paths, "spare_folder", nowhere)
    thread = threading.Thread(target=fail, args=("from a thread",))
    thread.start()
    thread.join()
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "KeyError: 'from a thread'" in err
