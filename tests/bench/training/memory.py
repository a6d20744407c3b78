"""Measures the memory of a whole run, from 1,000 to 50,000 photos.

    python tests/bench/training/memory.py [--sizes 1000 5000 20000 50000] [--image-size 32]

Makes distinct tiny photos, then trains the head of the bundled backbone on them, each time in a fresh process with an
empty cache. A thread samples memory twenty times per second. *Own* memory is anonymous (RssAnon); *mapped* memory is
of files, mostly of the cache, and can be reclaimed at any time (RssFile). Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
from PIL import Image

STAGES = ("scan", "extract", "train")


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 5_000, 20_000, 50_000])
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        _run(options.one, options.image_size)
        return
    print("Peak memory in MB, own + mapped, by stage; the whole is the highest sum at any moment.")
    print(f"{'photos':>8}{'rows MB':>9}" + "".join(f"{stage:>16}" for stage in STAGES) + f"{'whole':>16}{'seconds':>9}")
    first = None
    with tempfile.TemporaryDirectory() as place:
        files = _photos(Path(place, "all"), max(options.sizes))
        for size in options.sizes:
            result = _measured(_share(Path(place, str(size)), files[:size]), options.image_size)
            first = first or result
            cells = "".join(f"{_pair(result['peaks'].get(stage, [0, 0])):>16}" for stage in STAGES)
            print(
                f"{size:>8,}{result['cache_mb']:>9.1f}{cells}{_pair(result['peaks']['whole']):>16}{result['seconds']:>9.1f}",
                flush=True,
            )
    grown = result["peaks"]["whole"][0] - first["peaks"]["whole"][0]
    more = options.sizes[-1] - options.sizes[0]
    if more:
        print(f"own memory grows by {grown:.0f} MB over {more:,} photos: {grown * 1e6 / more:,.0f} bytes per photo")


def _photos(folder: Path, number: int) -> list[Path]:
    """Write distinct photos of noise in two classes, which differ in brightness."""
    random = np.random.default_rng(1)
    files = []
    for name in ("bright", "dark"):
        (folder / name).mkdir(parents=True)
    for index in range(number):
        pixels = random.integers(0, 128, (24, 24, 3), dtype=np.uint8) + np.uint8(128 * (index % 2 == 0))
        path = folder / ("dark" if index % 2 else "bright") / f"{index:06}.bmp"
        Image.fromarray(pixels).save(path)
        files.append(path)
    return files


def _share(folder: Path, photos: list[Path]) -> Path:
    """Make a data set of the first photos, without copying them."""
    for photo in photos:
        link = folder / photo.parent.name / photo.name
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(photo, link)
    return folder


def _measured(folder: Path, image_size: int) -> dict:
    with tempfile.TemporaryDirectory() as home:
        names = ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
        environment = {**os.environ, **{name: str(Path(home, name)) for name in names}}
        command = [sys.executable, __file__, "--one", str(folder), "--image-size", str(image_size)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _run(folder: Path, image_size: int) -> None:
    """Scan as the window does, train, and print peak memory; runs in a separate process."""
    from studio.commands import imports, training
    from studio.commands.dataset import scan
    from studio.events import Failed, Stage
    from studio.spec import BackboneSpec, DatasetSpec, RunSpec, TrainSpec
    from studio.system import paths

    watch = _Watch()
    dataset = DatasetSpec(str(folder))
    for _ in imports.start(scan(dataset)):
        watch.stage = "scan"
    watch.stage = "import"
    spec = RunSpec(
        dataset, BackboneSpec("tf_efficientnet_lite0", image_size=image_size), train=TrainSpec(epochs=3, device="cpu")
    )
    began = time.perf_counter()
    for event in imports.start(training.train(spec)):
        if isinstance(event, Stage):
            watch.stage = event.name
        assert not isinstance(event, Failed), event
    peaks = watch.end()
    rows = sum(file.stat().st_size for file in paths.cache_folder().rglob("*") if file.is_file())
    print(json.dumps({"peaks": peaks, "seconds": time.perf_counter() - began, "cache_mb": rows / 1e6}))


class _Watch:
    """Samples the memory of this process in a thread."""

    def __init__(self) -> None:
        self.stage = ""
        self._peaks: dict[str, list[float]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> dict[str, list[float]]:
        """Own and mapped MB at the moment of the highest sum, by stage and as a whole."""
        self._over.set()
        self._thread.join()
        return self._peaks

    def _look(self) -> None:
        while not self._over.wait(0.05):
            now = _memory()
            for name in (self.stage, "whole"):
                if sum(now) > sum(self._peaks.get(name, (0, 0))):
                    self._peaks[name] = now


def _memory() -> list[float]:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(lines[name].split()[0]) * 1024 / 1e6 for name in ("RssAnon", "RssFile")]


def _pair(peak: list[float]) -> str:
    return f"{peak[0]:.0f} + {peak[1]:.0f}"


if __name__ == "__main__":
    main()
