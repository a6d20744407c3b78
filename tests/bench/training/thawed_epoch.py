"""Compares epochs with a thawed last block: a network split at the cut, and the same network whole.

    uv run python tests/bench/training/thawed_epoch.py PHOTOS [--backbone NAME] [--thaw LAYER ...] [--epochs 3]
        [--rounds 2]

Both train the same layers from the same seed with the same code; only the cut differs. They take turns, each in a
separate process with an empty cache. *Steady* is the median epoch, without the rows computed once before (features at
the cut, or pixels). *Whole* is the process from start to end, with imports.
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
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from studio.spec import BUNDLED_BACKBONE, BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("--backbone", default=BUNDLED_BACKBONE)
    parser.add_argument("--thaw", nargs="+", default=["blocks.6", "conv_head", "bn2"])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--one", choices=("split", "whole"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    spec = RunSpec(
        DatasetSpec(options.photos),
        # Speed does not depend on the weights: without a file, random ones suffice.
        BackboneSpec(options.backbone, "default" if options.backbone == BUNDLED_BACKBONE else "none"),
        FreezePlan("all", thaw=tuple(options.thaw)),
        train=TrainSpec(epochs=options.epochs, device="cpu"),
    )
    if options.one:
        print(json.dumps(_run(spec, options.one)))
        return
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {options.backbone}, "
        f"{', '.join(options.thaw)} thawed, {options.epochs} epochs, {options.rounds} rounds; medians"
    )
    results: dict[str, list[dict[str, Any]]] = {"split": [], "whole": []}
    for _ in range(options.rounds):
        for way, runs in results.items():
            runs.append(_process(way))
    print(
        f"{'':8}{'cut':24}{'epoch s':>9}{'min':>7}{'max':>7}{'ratio':>7}{'process s':>11}{'ratio':>7}{'accuracy':>10}"
    )
    epoch = {
        way: statistics.median(second for run in runs for second in run["seconds"]) for way, runs in results.items()
    }
    process = {way: statistics.median(run["process"] for run in runs) for way, runs in results.items()}
    for way, runs in results.items():
        every = [second for run in runs for second in run["seconds"]]
        print(
            f"{way:8}{runs[0]['cut']:24}{epoch[way]:9.2f}{min(every):7.2f}{max(every):7.2f}"
            f"{epoch['whole'] / epoch[way]:7.1f}{process[way]:9.2f}{process['whole'] / process[way]:7.1f}"
            f"{runs[-1]['accuracy']:10.4f}"
        )


def _process(way: str) -> dict[str, Any]:
    """Train once in a separate process, started like this one."""
    began = time.perf_counter()
    command = [sys.executable, __file__, *sys.argv[1:], "--one", way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    run: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return run | {"process": time.perf_counter() - began}


def _run(spec: RunSpec, way: str) -> dict[str, Any]:
    """The cut, the seconds of each epoch and the last validation accuracy."""
    from studio.engine.training import run as training
    from studio.events import Epoch, RunStarted
    from studio.planning import cuts

    if way == "whole":
        # With a limit of no bytes per photo there is no cut, so pixels are cached.
        cuts.MAX_ROW_BYTES = 0
    seconds: list[float] = []
    cut, accuracy = "", 0.0
    with tempfile.TemporaryDirectory() as folder:
        for event in training.train(spec, Path(folder, "run"), cache=Path(folder, "cache")):
            if isinstance(event, RunStarted):
                cut = event.cut
            elif isinstance(event, Epoch):
                seconds.append(event.seconds)
                accuracy = event.val("accuracy")
    return {"cut": cut, "seconds": seconds, "accuracy": accuracy}


if __name__ == "__main__":
    main()
