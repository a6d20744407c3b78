"""Compares forecast memory with that of real steps: as torch counts it, and as the process grows.

    python tests/bench/training/step_memory.py FOLDER [--only WORD]

Each plan is forecast with real steps in one process, and trained for an epoch in another one, whose own memory
(RssAnon) is sampled 200 times per second. *Tensors* is torch's count of the highest point of a step. *Process* is the
highest RssAnon while it trains, less that after torch was imported; *before* is the part of it that was there before
the first step: weights, and what extraction left with the allocator. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

RESNET = ("--backbone", "resnet18", "--weights", "none")
MOBILE = ("--backbone", "mobilenet_v2", "--weights", "none")
VIT = ("--backbone", "vit_tiny_patch16_224", "--weights", "none")
LITE0, LITE2 = ("--backbone", "tf_efficientnet_lite0"), ("--backbone", "tf_efficientnet_lite2")
THAWED, LORA = ("--freeze", "none"), ("--lora-rank", "8")
PLANS = {
    "Lite0, head only": (*LITE0, "--batch-size", "64"),
    "Lite0, last block": (*LITE0, "--freeze-until", "blocks.5", "--batch-size", "32"),
    "Lite0, all layers": (*LITE0, *THAWED, "--batch-size", "16"),
    "Lite0, all layers, SGD": (*LITE0, *THAWED, "--batch-size", "32", "--optimizer", "sgd"),
    "Lite2, all layers": (*LITE2, *THAWED, "--batch-size", "4"),
    "ResNet-18, last block": (*RESNET, "--freeze-until", "layer3", "--batch-size", "64"),
    "ResNet-18, all layers": (*RESNET, *THAWED, "--batch-size", "4"),
    "ResNet-18, all layers, more": (*RESNET, *THAWED, "--batch-size", "64"),
    "MobileNetV2, all layers": (*MOBILE, *THAWED, "--batch-size", "32"),
    "ViT-Tiny, last block": (*VIT, "--freeze-until", "blocks.10", "--batch-size", "32"),
    "ViT-Tiny, LoRA": (*VIT, *LORA, "--batch-size", "16"),
    "ViT-Tiny, LoRA, more": (*VIT, *LORA, "--batch-size", "64"),
}


def main() -> None:
    """Measure every plan and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--one", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        _run(options.one)
        return
    titles = f"{'forecast MB':>13}{'tensors MB':>12}{'':>8}{'process MB':>12}{'':>8}{'before MB':>11}"
    print(f"{'plan':<30}{'batch':>6}{titles}")
    for name, words in PLANS.items():
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "THAW_CACHE": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home}
            forecast = [sys.executable, "-m", "studio", "forecast", str(options.folder), *words, "--measure", "--json"]
            found = json.loads(_output(forecast, environment))
            train = [sys.executable, __file__, str(options.folder), "--one", "train", str(options.folder), *words]
            more = ("--epochs", "1", "--out", f"{home}/run", "--json")
            grown = json.loads(_output([*train, *more], environment).splitlines()[-1])
        expected, tensors = found["memory_bytes"], found["measured"]["memory_bytes"]
        cells = "".join(f"{size / 1e6:>12.1f}{size / expected - 1:>+8.1%}" for size in (tensors, grown["train"]))
        print(f"{name:<30}{found['batch']:>6}{expected / 1e6:>13.1f}{cells}{grown['before'] / 1e6:>11.1f}", flush=True)


def _output(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout


def _run(words: list[str]) -> None:
    """Train in this process and print how much it grew."""
    import studio.engine.training.training_run  # noqa: F401  # with torch
    from studio.cli import main as cli
    from studio.cli import progress
    from studio.events import Stage
    from studio.jobs import libraries

    list(libraries.import_libraries("torch", "torchvision", "timm"))
    start, highest, over, stage = _own(), {"train": 0}, threading.Event(), [""]
    before: dict[str, int] = {}

    def look() -> None:
        while not over.wait(0.005):
            highest[stage[0]] = max(highest.get(stage[0], 0), _own())

    def followed(work):
        for event in follow(work):
            if isinstance(event, Stage):
                stage[0] = event.name
                before.setdefault(event.name, _own())
            yield event

    follow, progress.follow = progress.follow, followed
    threading.Thread(target=look, daemon=True).start()
    cli.main(words)
    over.set()
    print(json.dumps({"train": highest["train"] - start, "before": before["train"] - start}))


def _own() -> int:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) * 1024


if __name__ == "__main__":
    main()
