"""The end of the window's process, tested in a separate process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

START = """
import sys, time
from dataclasses import replace
from studio.commands import window as commands
from studio.events import Stage

def unresponsive(*_arguments):
    def work(_stop):
        yield Stage("import", "Loading")
        print("unresponsive", flush=True)
        time.sleep(1e6)
    return work

commands.for_window = (lambda make: lambda: replace(make(), warm_up=unresponsive))(commands.for_window)
from studio.cli import main as cli
sys.exit(cli.main([]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to one process there")
def test_a_closed_window_ends_its_process_though_a_thread_ignores_stop(tmp_path):
    home = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), str(tmp_path))
    command = [sys.executable, "-c", START]
    environment = {**os.environ, **home, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout.readline() == "unresponsive\n"
        window.send_signal(signal.SIGINT)
        assert window.wait() == 0  # would hang if it waited for the thread
    assert (tmp_path / "thaw-studio").is_dir()  # the window's geometry was saved


BROKEN = """
import sys
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QApplication
from studio.ui.dialogs.defect import DefectDialog
from studio.ui.window import MainWindow

def slot():
    qWarning("odd geometry")
    raise KeyError("from_a_slot")

def look(window, timer):
    for dialog in window.findChildren(DefectDialog):
        print(dialog.report.toPlainText(), flush=True)
        timer.stop()
        window.leave()

class Window(MainWindow):
    def showEvent(self, event):
        super().showEvent(event)
        QTimer.singleShot(0, slot)
        timer = QTimer(self)
        timer.timeout.connect(lambda: look(self, timer))
        timer.start(50)

import studio.ui.window as module
module.MainWindow = Window
from studio.cli import main as cli
sys.exit(cli.main([]))
"""


@pytest.mark.slow
def test_an_error_in_a_slot_of_the_window_is_shown_and_logged_and_ends_nothing(tmp_path):
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    environment = {**os.environ, **dict.fromkeys(names, str(tmp_path)), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", BROKEN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "KeyError: 'from_a_slot'" in done.stdout
    assert "torch " in done.stdout
    logged = (tmp_path / "thaw-studio" / "defects.log").read_text(encoding="utf-8")
    assert "in slot" in logged
    assert "Qt warning (default): odd geometry" in logged
