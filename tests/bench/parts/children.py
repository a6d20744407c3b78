"""Child processes of the benchmarks, which end with the benchmark, also when it is killed by `timeout`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def run(command: list[str], environment: Mapping[str, str], folder: Path | None = None) -> int:
    """Run a program in a process group of its own to its end; SIGTERM and Ctrl+C end the whole group.

    Returns:
        Its exit status.
    """
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    child = subprocess.Popen(command, env=environment, cwd=folder, start_new_session=True)
    try:
        return child.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        signal.signal(signal.SIGTERM, before)
