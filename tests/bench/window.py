"""Measures the responsiveness of the real window with the real engine: delays of its event loop by stage.

    uv run python tests/bench/window.py PHOTOS [--many 50000] [--epochs 5] [--parts PART ...] [--against DIR] [--why MS]

The delay of a 10 ms timer in the window's thread is the time that a click would have waited. The stages: start-up, a
small folder, a folder of many photos (links to smaller copies), another split, the pointer over its grid, the layers, a
frozen run, a run with a thawed last block, the results, every page and dialog again, a run opened from the list,
closing. The process is started as the user starts it, with an empty cache.

Set QT_QPA_PLATFORM or DISPLAY to choose the screen; without both it is `offscreen`.
`--why 50` prints the stacks of all threads whenever the loop was 50 ms late.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from parts import delays
from parts.window_drive import PARTS, WindowDrive


def main() -> None:
    """Run the window in a separate process and print its measurements."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
            delays.say(delays.measured(__file__, arguments, code))


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


if __name__ == "__main__":
    delays.main_or_window(main, WindowDrive)
