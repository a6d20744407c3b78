"""Compares a whole frozen training with the usual training loop, with and without imports.

    uv run python tests/bench/training/frozen_run.py PHOTOS LOOP.py [--rounds 3] [--epochs 5] [--keep FILE]

LOOP.py is called as `python LOOP.py PHOTOS EPOCHS` and should train a new last layer on the bundled backbone the usual
way (ImageFolder, DataLoader, frozen parameters), printing a line `epoch … 12.3 s` per epoch. The two take turns, as
the speed of a machine varies; each of our runs starts with an empty cache, and a second one on the same photos with
another head shows the effect of the cache. *Whole* is the process from start to end. *Steady* excludes imports: for the
loop it is the sum of its epochs, for ours all times in `run.json` except imports, so with loading and compiling. With
--keep, rounds are added to those in FILE and the tables are of all of them, so rounds can be measured one at a time.
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
from pathlib import Path
from typing import Any

EMPTY, SECOND = "thaw, empty cache", "thaw, another head"


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("loop", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="rounds measured so far, one a line")
    options = parser.parse_args()
    rounds: list[dict[str, Any]] = []
    if options.keep and options.keep.exists():
        rounds = [json.loads(line) for line in options.keep.read_text(encoding="utf-8").splitlines()]
    for _ in range(options.rounds):
        rounds.append(_round(options.photos, options.loop, options.epochs))
        if options.keep:
            options.keep.write_text("".join(f"{json.dumps(one)}\n" for one in rounds), encoding="utf-8")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {len(rounds)} rounds")
    _table("whole, imports included", [one["whole"] for one in rounds])
    _table("steady, imports apart", [one["steady"] for one in rounds])
    further = [seconds for one in rounds for seconds in one["further"]]
    print(f"each further epoch: {statistics.median(further):.3f} s, at most {max(further):.3f} s")
    for name in (EMPTY, SECOND):
        laps = {lap: statistics.median(one["laps"][name][lap] for one in rounds) for lap in rounds[0]["laps"][name]}
        print(f"{name}, seconds: " + ", ".join(f"{lap} {value:.2f}" for lap, value in laps.items()))
    print(f"validation accuracy {rounds[-1]['accuracy']:.3f}")


def _round(photos: Path, loop: Path, epochs: int) -> dict[str, Any]:
    """Seconds of all three, measured in turn."""
    seconds, out = _timed([sys.executable, str(loop), str(photos), str(epochs)], {})
    whole = {"loop": seconds}
    steady = {"loop": sum(float(epoch) for epoch in re.findall(r"^epoch.* ([\d.]+) s$", out, re.MULTILINE))}
    further: list[float] = []
    laps: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as home:
        for name, extra in ((EMPTY, []), (SECOND, ["--lr", "0.003", "--seed", "1", "--head", "mlp"])):
            whole[name], record = _ours(photos, epochs, extra, Path(home), name)
            laps[name] = record["seconds"]
            steady[name] = laps[name]["total"] - laps[name]["import"]
            further += [epoch["seconds"] for epoch in record["epochs"][1:]]
            if name == EMPTY:
                accuracy = record["epochs"][-1]["val_accuracy"]
    return {"whole": whole, "steady": steady, "further": further, "laps": laps, "accuracy": accuracy}


def _ours(photos: Path, epochs: int, extra: list[str], home: Path, name: str) -> tuple[float, dict]:
    command = [sys.executable, "-m", "studio.__main__", "train", str(photos), "--epochs", str(epochs), "--json", *extra]
    seconds, _ = _timed(
        [*command, "--out", str(home / name)], {"XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home)}
    )
    return seconds, json.loads((home / name / "run.json").read_text(encoding="utf-8"))


def _table(title: str, rounds: list[dict[str, float]]) -> None:
    print(f"{title:26}{'median s':>10}{'min':>8}{'max':>8}{'ratio':>8}{'min':>7}")
    for name in rounds[0]:
        seconds = [one[name] for one in rounds]
        ratios = [one["loop"] / one[name] for one in rounds]
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
