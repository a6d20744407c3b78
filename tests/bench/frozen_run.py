"""A whole frozen training against the loop a user would write instead, whole processes, imports included.

    uv run python tests/bench/frozen_run.py PHOTOS LOOP.py [--rounds 3] [--epochs 5]

LOOP.py is called as `python LOOP.py PHOTOS EPOCHS` and should train a new last layer on the bundled backbone the usual
way (ImageFolder, DataLoader, frozen parameters). The two take turns, because a machine's speed drifts; each of our
runs starts with an empty cache, and a second one right after it shows what the cache is worth.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("loop", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    rows: dict[str, list[float]] = {"loop": [], "thaw, empty cache": [], "thaw, second run": []}
    accuracy = 0.0
    for _ in range(options.rounds):
        rows["loop"].append(
            _timed([sys.executable, str(options.loop), str(options.photos), str(options.epochs)], {})[0]
        )
        with tempfile.TemporaryDirectory() as home:
            for name in ("thaw, empty cache", "thaw, second run"):
                command = ["train", str(options.photos), "--epochs", str(options.epochs), "--json"]
                run = [
                    sys.executable,
                    "-m",
                    "studio.cli",
                    *command,
                    "--out",
                    str(Path(home, name)),
                ]
                seconds, out = _timed(run, {"XDG_CACHE_HOME": home, "XDG_DATA_HOME": home})
                rows[name].append(seconds)
                accuracy = json.loads(out)["val_accuracy"]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.rounds} rounds")
    base = rows["loop"]
    print(f"{'':20}{'median s':>10}{'min':>8}{'max':>8}{'ratio':>8}")
    for name, seconds in rows.items():
        ratio = statistics.median(a / b for a, b in zip(base, seconds, strict=True))
        print(f"{name:20}{statistics.median(seconds):10.1f}{min(seconds):8.1f}{max(seconds):8.1f}{ratio:8.1f}")
    print(f"validation accuracy {accuracy:.3f}")


def _timed(command: list[str], extra: dict[str, str]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **extra}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began, done.stdout


if __name__ == "__main__":
    main()
