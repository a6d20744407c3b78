"""Checks whether the advised cut is as good as the best one: every cut that `thaw advise cut` probes is trained.

    uv run python tests/bench/training/cut_advice.py FOLDER [FOLDER ...] [--epochs 6] [--seeds 2] [--image-size N]
    uv run python tests/bench/training/cut_advice.py digits      # handwriting from scikit-learn, written to a folder

A cut is trained as fine-tuning does it: the head alone first, then the thawed layers at their own rate. Its accuracy
is that of the run's result on the validation photos, which the advice never sees. The chosen cut is compared with the
best by McNemar's exact test over the photos of all seeds.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.commands import advice, imports, network, training
from studio.evaluate.compare.comparison import mcnemar
from studio.events import CutAdvice, CutProbe, LayerTable
from studio.planning.presets import THAWED_RATE, fine_tuned
from studio.spec import BackboneSpec, DatasetSpec, RunSpec, TrainSpec
from studio.spec.structs import replace


def written_digits(folder: Path, each: int = 60) -> Path:
    """The first photos of each of scikit-learn's ten digits (8 × 8), as PNG files of 64 × 64."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
        for number, place in enumerate(np.flatnonzero(digits.target == label)[:each]):
            picture = Image.fromarray((digits.images[place] * 15.9).astype(np.uint8))
            picture.resize((64, 64)).save(folder / str(label) / f"{number:03}.png")
    return folder


def trained(spec: RunSpec, cut: CutProbe, table: LayerTable, seed: int) -> tuple[dict[str, bool], float]:
    """Train a cut; returns which validation photos are classified correctly, and the seconds that it took."""
    own = replace(spec, train=replace(spec.train, seed=seed))
    if cut.trainable:
        start = fine_tuned(own, table)
        plan = replace(cut.plan, batch_norm=start.freeze.batch_norm)
        own = replace(start, freeze=plan, train=replace(start.train, backbone_lr=spec.train.backbone_lr))
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        for _ in imports.start(training.train(own, Path(scratch, "run"))):
            pass
        seconds = time.perf_counter() - began
        with Path(scratch, "run", "predictions.csv").open(newline="", encoding="utf-8") as file:
            return {row["path"]: row["predicted"] == row["true"] for row in csv.DictReader(file)}, seconds


def report(spec: RunSpec, seeds: int) -> None:
    """Print the table of one folder."""
    events = list(imports.start(advice.cuts(spec)))
    advised = next(event for event in events if isinstance(event, CutAdvice))
    table = next(
        event
        for event in imports.start(network.inspect(replace(spec.backbone, weights="none")))
        if isinstance(event, LayerTable)
    )
    print(f"{Path(spec.dataset.folder).name}: {advised.photos} training photos, advice in {advised.seconds:.1f} s")
    print("| | frozen up to | probe, 95 % interval | trained in full | s |\n|---|---|---|---|---|", flush=True)
    right: list[NDArray[np.bool_]] = []
    for place, cut in enumerate(advised.cuts):
        runs = [trained(spec, cut, table, seed) for seed in range(seeds)]
        right.append(np.array([one for run, _ in runs for _, one in sorted(run.items())]))
        mark = "→" if place == advised.choice else ""
        probe = f"{100 * cut.accuracy:.1f} ({100 * cut.low:.1f}–{100 * cut.high:.1f})"
        mean = 100 * float(right[-1].mean())
        print(f"| {mark} | {cut.layer} | {probe} | {mean:.1f} | {sum(time for _, time in runs):.0f} |", flush=True)
    best = int(np.argmax([row.mean() for row in right]))
    chosen = right[advised.choice]
    p = mcnemar(int((~chosen & right[best]).sum()), int((chosen & ~right[best]).sum()))
    print(
        f"chosen {advised.cuts[advised.choice].layer}: {100 * chosen.mean():.1f} %; best {advised.cuts[best].layer}: "
        f"{100 * right[best].mean():.1f} %, p = {p:.2f} on {len(chosen)} judged photos. {advised.why}\n"
    )


def main() -> None:
    """Compare on each folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--image-size", type=int)
    parser.add_argument("--backbone-lr", type=float, default=THAWED_RATE, help="rate of the thawed layers")
    parser.add_argument("--backbone", default=BackboneSpec().name)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for folder in options.folders:
            place = written_digits(Path(scratch, "digits")) if folder == "digits" else Path(folder)
            backbone = BackboneSpec(options.backbone, image_size=options.image_size)
            train = TrainSpec(epochs=options.epochs, backbone_lr=options.backbone_lr, device="cpu")
            report(RunSpec(DatasetSpec(str(place)), backbone, train=train), options.seeds)


if __name__ == "__main__":
    main()
