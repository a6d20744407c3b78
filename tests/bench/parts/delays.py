"""Runs a measured window in a process of its own, and prints the delays of its event loop by stage."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parts import children, staged
from parts.window_drive import EXEMPT, TICK_MS, WindowDrive

MANY_TICKS, P99_MS, WORST_MS = 100, 20.0, 100.0
"""Fewest ticks for a meaningful 99th percentile of a stage, and the limits; rows beyond one are marked."""

LEGEND = """\
ms late (how long a click would have waited); between two ticks, the window's thread
  own: computed; waited: had neither work nor an event, so another thread had the interpreter (or it read a file);
  no core: could have run, and other threads and programs had the cores;
  stolen: the host of this virtual machine gave a core to others, which is no delay of the program's"""
HEADS = f"{'waited p99':>11}{'worst':>6}{'no core':>9}{'stolen':>8}"

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
        home: Folder with the user's folders, which are used again; None for empty ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_of(home or Path(folder), code)
        out = Path(folder, "measured.json")
        arguments = {**arguments, "out": str(out), "began": time.monotonic()}
        status = children.run([sys.executable, program, "--inside", json.dumps(arguments)], environment)
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
    print(LEGEND)
    print(f"{'stage':34}{'seconds':>8}{'ticks':>7}{'p99':>8}{'worst':>7}{'own p99':>9}{'worst':>7}{HEADS}")
    stages = result["stages"]
    for stage, ticks in stages.items():
        print(_row(stage, ticks))
    print(_row("all after start-up", [one for stage in stages if stage not in EXEMPT for one in stages[stage]]))
    print(f"garbage collections over 10 ms after start-up: {result['collections']}")
    for line in result.get("facts", ()):
        print(line)
    print(f"the process was over {result['ended'] - result['left']:.2f} s after the window was closed")


def _row(name: str, ticks: list[list[float]]) -> str:
    if not ticks:
        return f"{name:34}{'-':>8}"
    late, own, queued, waited, stolen = (sorted(column) for column in zip(*ticks, strict=True))
    seconds = sum(late) / 1000 + len(late) * TICK_MS / 1000
    beyond = "".join(mark for mark, column in (("<", late), ("own", own)) if name not in EXEMPT and _is_beyond(column))
    cells = [f"{_p99(column):{width}.1f}{column[-1]:7.1f}" for column, width in ((late, 8), (own, 9), (waited, 10))]
    return f"{name:34}{seconds:8.1f}{len(late):7d}{''.join(cells)}{queued[-1]:9.1f}{stolen[-1]:8.0f}  {beyond}"


def _p99(ordered: list[float]) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def _is_beyond(ordered: list[float]) -> bool:
    return (len(ordered) > MANY_TICKS and _p99(ordered) >= P99_MS) or ordered[-1] >= WORST_MS
