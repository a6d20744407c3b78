"""Runs a measured window in a process of its own, and prints the delays of its event loop by stage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parts import staged
from parts.window_drive import EXEMPT, TICK_MS, WindowDrive

MANY_TICKS, P99_MS, WORST_MS = 100, 20.0, 100.0
"""Ticks from which the 99th percentile of a stage means something, and the limits; rows beyond one are marked."""

FOLDERS = ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")


def main_or_window(main: Callable[[], None], drive: type[WindowDrive]) -> None:
    """Run a benchmark; in the process that it started with `--inside`, open the window and drive it."""
    if sys.argv[1:2] != ["--inside"]:
        main()
        return
    arguments = json.loads(sys.argv[2])

    def begin(window: Any) -> WindowDrive:
        driver = drive(window, arguments)
        driver.begin()
        return driver

    staged.window(begin)


def measured(program: str, arguments: dict[str, Any], code: Path | None = None, home: Path | None = None) -> Any:
    """Run one window to its end.

    Args:
        program: The benchmark, which opens the window when it is started with `--inside` and the arguments.
        arguments: Passed to it, with the time of the start and the file for its measurements.
        code: Another checkout, whose window is measured; None for this one.
        home: The user's folders, which are kept; None for empty ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_of(home or Path(folder), code)
        out = Path(folder, "measured.json")
        arguments = {**arguments, "out": str(out), "began": time.monotonic()}
        status = subprocess.run(
            [sys.executable, program, "--inside", json.dumps(arguments)], env=environment, check=False
        ).returncode
        ended = time.monotonic()
        if status or not out.exists():
            sys.exit(f"the window ended with status {status}")
        return {**json.loads(out.read_text()), "ended": ended}


def environment_of(home: Path, code: Path | None = None) -> dict[str, str]:
    """Variables of a process whose user's folders are in `home`."""
    environment = {**os.environ, **dict.fromkeys(FOLDERS, str(home))}
    if not any(name in os.environ for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    environment["PYTHONPATH"] = str(code or Path(__file__).parents[3])
    return environment


def say(result: dict[str, Any]) -> None:
    """Print the measurements of a window."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, platform {result['platform']}")
    print(
        f"first paint {result['paint']:.2f} s after the start of the process; torch imported by then: {result['torch']}"
    )
    print("ms late: median, 99th percentile, worst; own: worst processor time of the window's thread between two ticks")
    print(f"{'stage':38}{'seconds':>8}{'ticks':>7}{'median':>8}{'p99':>8}{'worst':>8}{'own':>8}")
    stages, own = result["stages"], result["own"]
    for stage, late in stages.items():
        print(_row(stage, late, own[stage]))
    after = [stage for stage in stages if stage not in EXEMPT]
    both = [[one for stage in after for one in table[stage]] for table in (stages, own)]
    print(_row("all after start-up", *both))
    print(f"garbage collections over 10 ms after start-up: {result['collections']}")
    for line in result.get("facts", ()):
        print(line)
    print(f"the process was over {result['ended'] - result['left']:.2f} s after the window was closed")


def _row(name: str, late: list[float], own: list[float]) -> str:
    if not late:
        return f"{name:38}{'-':>8}"
    ordered = sorted(late)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    seconds = sum(late) / 1000 + len(late) * TICK_MS / 1000
    beyond = name not in EXEMPT and ((len(late) > MANY_TICKS and p99 >= P99_MS) or ordered[-1] >= WORST_MS)
    numbers = f"{seconds:8.1f}{len(late):7d}{ordered[len(late) // 2]:8.1f}{p99:8.1f}{ordered[-1]:8.1f}{max(own):8.1f}"
    return f"{name:38}{numbers}{'  <' if beyond else ''}"
