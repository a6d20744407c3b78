"""Measures the seconds from process start to the first paint of the window, and checks that torch is not imported.

    uv run python tests/bench/first_paint.py [--rounds 5] [--folder PHOTOS]

Warm: the files are in the page cache. Cold: before each start, all files of Python, its libraries and the program are
dropped from the page cache, except those that another process has mapped (Linux).

Set QT_QPA_PLATFORM or DISPLAY to choose the screen; without both it is `offscreen`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from parts import delays

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Start the window again and again and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default="", help="photos to open, as by `thaw FOLDER`")
    options = parser.parse_args()
    rounds, folder = options.rounds, [str(Path(options.folder).absolute())] if options.folder else []
    _painted(folder)  # lets Python write its bytecode
    print(f"{'seconds to the first paint':30}{'median':>8}{'least':>8}{'most':>8}{'torch':>8}")
    for name in ("warm", "cold"):
        results = []
        for _ in range(rounds):
            if name == "cold":
                _forget()
            results.append(_painted(folder))
        seconds = [one["seconds"] for one in results]
        torch = any(one["torch"] for one in results)
        print(
            f"{name:30}{statistics.median(seconds):8.2f}{min(seconds):8.2f}{max(seconds):8.2f}{torch!s:>8}", flush=True
        )


def _painted(folder: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        environment = delays.environment_of(Path(home))
        command = [sys.executable, __file__, "--inside", *folder]
        began = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return {"seconds": report["at"] - began, "torch": report["torch"]}


def _forget() -> None:
    """Drop these files from the page cache."""
    os.sync()
    paths = sysconfig.get_paths()
    for folder in {paths["stdlib"], paths["platlib"], paths["purelib"], str(ROOT / "studio")}:
        for path in Path(folder).rglob("*"):
            if path.is_file() and not path.is_symlink():
                file = os.open(path, os.O_RDONLY)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(file)


def _inside() -> None:
    """Report the first paint, in the process of the window, and exit."""
    from studio.ui import window

    class Watched(window.MainWindow):
        """A window that closes after its first paint."""

        def paintEvent(self, event: Any) -> None:
            from PySide6.QtCore import QTimer

            super().paintEvent(event)
            QTimer.singleShot(0, _tell)  # after everything in the window was painted

    window.MainWindow = Watched
    from studio.cli import main as cli

    sys.exit(cli.main(sys.argv[2:]))


def _tell() -> None:
    print(json.dumps({"at": time.monotonic(), "torch": "torch" in sys.modules}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    _inside() if sys.argv[1:2] == ["--inside"] else main()
