"""A whole frozen training against the loop a user would write instead, with imports and without.

    uv run python tests/bench/frozen_run.py PHOTOS LOOP.py [--rounds 3] [--epochs 5]

LOOP.py is called as `python LOOP.py PHOTOS EPOCHS` and should train a new last layer on the bundled backbone the usual
way (ImageFolder, DataLoader, frozen parameters), printing a line `epoch … 12.3 s` an epoch. The two take turns, because
a machine's speed drifts; each of our runs starts with an empty cache, and a second one on the same photos with another
head shows what the cache is worth. *Whole* is the process from start to end. *Steady* leaves imports out: of the loop
the sum of its epochs, of ours all that `run.json` counts but the imports, loading weights, compiling and all else
included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

EMPTY, SECOND = "thaw, empty cache", "thaw, another head"


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("loop", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    whole: dict[str, list[float]] = defaultdict(list)
    steady: dict[str, list[float]] = defaultdict(list)
    laps: dict[str, list[float]] = defaultdict(list)
    further: list[float] = []
    for _ in range(options.rounds):
        seconds, out = _timed([sys.executable, str(options.loop), str(options.photos), str(options.epochs)], {})
        whole["loop"].append(seconds)
        steady["loop"].append(sum(float(epoch) for epoch in re.findall(r"^epoch.* ([\d.]+) s$", out, re.MULTILINE)))
        with tempfile.TemporaryDirectory() as home:
            for name, extra in ((EMPTY, []), (SECOND, ["--lr", "0.003", "--seed", "1"])):
                seconds, record = _ours(options.photos, options.epochs, extra, Path(home), name)
                whole[name].append(seconds)
                steady[name].append(record["seconds"]["total"] - record["seconds"]["import"])
                further += [epoch["seconds"] for epoch in record["epochs"][1:]]
                if name == EMPTY:
                    for lap, value in record["seconds"].items():
                        laps[lap].append(value)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.rounds} rounds")
    _table("whole, imports included", whole)
    _table("steady, imports apart", steady)
    print(f"each further epoch: {statistics.median(further):.3f} s, at most {max(further):.3f} s")
    print(
        "empty cache, seconds: " + ", ".join(f"{lap} {statistics.median(values):.2f}" for lap, values in laps.items())
    )
    print(f"validation accuracy {record['epochs'][-1]['val_accuracy']:.3f}")


def _ours(photos: Path, epochs: int, extra: list[str], home: Path, name: str) -> tuple[float, dict]:
    command = [sys.executable, "-m", "studio.cli", "train", str(photos), "--epochs", str(epochs), "--json", *extra]
    seconds, _ = _timed(
        [*command, "--out", str(home / name)], {"XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home)}
    )
    return seconds, json.loads((home / name / "run.json").read_text(encoding="utf-8"))


def _table(title: str, rows: dict[str, list[float]]) -> None:
    print(f"{title:26}{'median s':>10}{'min':>8}{'max':>8}{'ratio':>8}{'min':>7}")
    for name, seconds in rows.items():
        ratios = [a / b for a, b in zip(rows["loop"], seconds, strict=True)]
        print(
            f"{name:26}{statistics.median(seconds):10.2f}{min(seconds):8.2f}{max(seconds):8.2f}"
            f"{statistics.median(ratios):8.1f}{min(ratios):7.1f}"
        )


def _timed(command: list[str], extra: dict[str, str]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **extra}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began, done.stdout


if __name__ == "__main__":
    main()
