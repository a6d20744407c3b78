"""What only shows when the window is a process of its own: how it ends."""

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

def deaf(*_arguments):
    def work(_stop):
        yield Stage("import", "Loading")
        print("deaf", flush=True)
        time.sleep(1e6)
    return work

commands.for_window = (lambda make: lambda: replace(make(), warm_up=deaf))(commands.for_window)
from studio.cli import main as cli
sys.exit(cli.main([]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to one process there")
def test_a_closed_window_ends_its_process_though_a_thread_is_deaf(tmp_path):
    home = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), str(tmp_path))
    command = [sys.executable, "-c", START]
    environment = {**os.environ, **home, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout.readline() == "deaf\n"
        window.send_signal(signal.SIGINT)
        assert window.wait() == 0  # would never end if it waited for the thread
    assert (tmp_path / "thaw-studio").is_dir()  # the window's place was remembered
