"""Measures the real window on a folder of 50,000 photos: delays of its event loop by stage, first thumbnails, memory.

    python tests/bench/large_folder.py --scratch DIR [--number 50000] [--parts check grid choices pages judged second]

The delay of a 10 ms timer in the window's thread is the time that a click would have waited. The folder has distinct
small photos in ten classes. For the parts with a run, two runs on it are trained first, in processes of their own. All
of that stays in DIR and is used again. Rows whose 99th percentile is 20 ms or more (of over 100 ticks), or whose worst
delay is 100 ms or more, are marked with “<”.

Set QT_QPA_PLATFORM or DISPLAY to choose the screen; without both it is `offscreen`.
`--touch 1800` writes to that much memory before, and gives none back: some virtual machines get memory from their host
when it is first written to, and stand still meanwhile.
`--why 50` prints the calls of the window, with their shares, whenever the loop was 50 ms late.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from parts import children, delays
from parts.large_drive import PARTS, LargeDrive

ROOT = Path(__file__).resolve().parents[2]
RUNS = (("--epochs", "3", "--lr", "0.0001"), ("--epochs", "4"))
"""Options of the two runs."""


def main() -> None:
    """Create photos and runs, run the window in a separate process, and print its measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for photos, cache and runs")
    parser.add_argument("--number", type=int, default=50_000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--prepare", action="store_true", help="make photos and runs, and measure nothing")
    parser.add_argument("--against", type=Path, metavar="DIR", help="another checkout, measured in turns with this one")
    parser.add_argument("--touch", type=int, default=0, metavar="MB", help="memory that the process has beforehand")
    parser.add_argument("--why", type=int, default=0, metavar="MS")
    options = parser.parse_args()
    photos = _folder(options.scratch, options.number)
    home = options.scratch / f"home {options.number}"
    if options.prepare or {"judged", "second"} & set(options.parts):
        _train(photos, home)
    if options.prepare:
        return
    arguments: dict[str, Any] = {
        "photos": str(photos),
        "why": options.why,
        "parts": options.parts,
        "touch": options.touch,
    }
    for code in (options.against, None) if options.against else (None,):
        print(f"\n{options.number:,} photos{'' if code is None else f', {code}'}")
        delays.say(delays.measured(__file__, arguments, code, home))


def _folder(scratch: Path, number: int) -> Path:
    """A folder of ten classes of distinct photos; the photos of several folders are the same files."""
    sys.path.insert(0, str(ROOT / "tests" / "support" / "photos"))
    from planted_faults import textured

    photos, pool = scratch / f"photos {number}", scratch / "pool"
    if photos.is_dir():
        return photos
    pool.mkdir(parents=True, exist_ok=True)
    part = scratch / "part"
    for index in range(number):
        file = pool / f"{index:06d}.jpg"
        if not file.exists():
            textured(file, index, (96, 80))
        target = part / f"class {index % 10}" / f"photo_{index:06d}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, target)
    return part.rename(photos)


def _train(photos: Path, home: Path) -> None:
    """Train two runs, unless they exist."""
    for number, more in enumerate(RUNS):
        if not (mark := home / f"trained {number}").exists():
            command = [sys.executable, "-m", "studio", "train", str(photos), "--image-size", "32"]
            if children.run([*command, *more], delays.environment_of(home, ROOT), ROOT):
                sys.exit("the training failed")
            mark.touch()


if __name__ == "__main__":
    delays.main_or_window(main, LargeDrive)
