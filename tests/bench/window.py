"""Measures the responsiveness of the real window with the real engine: delays of its event loop by stage.

    uv run python tests/bench/window.py PHOTOS [--many 50000] [--epochs 5] [--why MS]

The delay of a 10 ms timer in the window's thread is the time that a click would have waited. The stages: start-up, a
small folder, a folder of many photos (links to smaller copies), another split, the pointer over its grid, the layers, a
frozen run, a run with a thawed last block, the results, every page and dialog again, a run opened from the list,
closing. The process is started as the user starts it, with an empty cache.

Set QT_QPA_PLATFORM or DISPLAY to choose the screen; without both it is `offscreen`.
`--why 50` prints the stacks of all threads whenever the loop was 50 ms late.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from parts import staged
from parts.window_drive import EXEMPT, PARTS, TICK_MS, WindowDrive


def main() -> None:
    """Run the window in a separate process and print its measurements."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--many", type=int, default=50_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--against", type=Path, metavar="DIR", help="another checkout, measured in turns with this one")
    parser.add_argument("--why", type=int, default=0, metavar="MS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        many = _many(options.photos, Path(home, "many"), options.many)
        arguments = {name: getattr(options, name) for name in ("epochs", "why", "parts")}
        arguments |= {"photos": str(options.photos), "many": str(many)}
        for code in (options.against, None) if options.against else (None,):
            print(f"\n{'this checkout' if code is None else code}")
            _tell(_measured(arguments, code))


def _measured(arguments: dict[str, Any], code: Path | None) -> dict[str, Any]:
    """Run one window to its end, with an empty cache."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, **dict.fromkeys(("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), home)}
        if not any(name in os.environ for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        environment["PYTHONPATH"] = str(code or Path(__file__).parents[2])
        out = Path(home, "measured.json")
        arguments = {**arguments, "out": str(out), "began": time.monotonic()}
        status = subprocess.run(
            [sys.executable, __file__, "--inside", json.dumps(arguments)], env=environment, check=False
        ).returncode
        ended = time.monotonic()
        if status or not out.exists():
            sys.exit(f"the window ended with status {status}")
        return {**json.loads(out.read_text()), "ended": ended}


def _many(photos: Path, folder: Path, number: int) -> Path:
    """A folder of ten classes whose photos are links to 200 small ones."""
    from PIL import Image

    small = folder.parent / "small"
    small.mkdir()
    sources = sorted(photos.rglob("*.jpg"))[:200]
    for index, source in enumerate(sources):
        with Image.open(source) as image:
            image.convert("RGB").resize((320, 240)).save(small / f"{index}.jpg")
    for index in range(number):
        target = folder / f"class {index % 10}" / f"photo_{index:06d}.jpg"
        if index < 10:
            target.parent.mkdir(parents=True)
        os.link(small / f"{index % len(sources)}.jpg", target)
    return folder


def _tell(measured: dict[str, Any]) -> None:
    paint = measured["paint"]
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, platform {measured['platform']}")
    print(f"first paint {paint:.2f} s after the start of the process; torch imported by then: {measured['torch']}")
    print(f"{'stage':34}{'seconds':>8}{'ticks':>7}{'median':>8}{'p99':>8}{'worst':>8}  ms late")
    after: list[float] = []
    stages: dict[str, list[float]] = measured["stages"]
    for stage, late in stages.items():
        print(_row(stage, late))
        if stage not in EXEMPT:
            after += late
    print(_row("all after start-up", after))
    print(f"garbage collections over 10 ms after start-up: {measured['collections']}")
    print(f"the process was over {measured['ended'] - measured['left']:.2f} s after the window was closed")


def _row(name: str, late: list[float]) -> str:
    if not late:
        return f"{name:34}{'-':>8}"
    ordered = sorted(late)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    seconds = sum(late) / 1000 + len(late) * TICK_MS / 1000
    return f"{name:34}{seconds:8.1f}{len(late):7d}{ordered[len(late) // 2]:8.1f}{p99:8.1f}{ordered[-1]:8.1f}"


def inside(arguments: dict[str, Any]) -> None:
    """Open the window as the user does, and run the stages."""

    def drive(window: Any) -> WindowDrive:
        driven = WindowDrive(window, arguments)
        driven.begin()
        return driven

    staged.window(drive)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(json.loads(sys.argv[2]))
    else:
        main()
