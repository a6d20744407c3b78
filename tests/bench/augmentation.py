"""Measures the cost of augmentation: photos per second of each kind, and epochs with random steps, fixed views or none.

    uv run python tests/bench/augmentation.py PHOTOS [--photos 256] [--epochs 4] [--only rates|epochs]

First each kind separately at 224 pixels, on one thread and on all, and torchvision's own transform of the same Pillow
images where there is one. Then the bundled backbone, all frozen, trained without augmentation, with fixed views, and
with random augmentation in each epoch: extraction, median epoch after the first (*steady*), the whole training after
imports (*whole*), the ratios to no augmentation, and validation accuracy.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sklearn.metrics  # noqa: F401  (a run would import it in its first epoch)
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import v2

from studio.data.images import preprocess
from studio.data.scan import listing
from studio.engine.augment.transforms import augment, augment_all
from studio.engine.training import run
from studio.events import Epoch, FeaturesComputed, RunStarted, ViewsComputed
from studio.jobs.workers import default_workers
from studio.planning import augmentation
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, PreprocessSpec, RunSpec, TrainSpec

THEIRS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "flip": v2.RandomHorizontalFlip(1.0),
    "vertical_flip": v2.RandomVerticalFlip(1.0),
    "crop": v2.RandomResizedCrop(224, (0.7, 1.0)),
    "rotation": v2.RandomRotation(13.5, v2.InterpolationMode.BILINEAR),
    "colour": v2.ColorJitter(0.2, 0.2, 0.2, 0.05),
    "trivial": v2.TrivialAugmentWide(interpolation=v2.InterpolationMode.BILINEAR),
    "rand": v2.RandAugment(interpolation=v2.InterpolationMode.BILINEAR),
}
USUAL = (AugmentStep("flip"), AugmentStep("crop", 0.3, 1.0), AugmentStep("rotation", 0.15, 1.0))
FLIPPED = (AugmentStep("flip", probability=1.0),)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--photos", type=int, default=256, help="for the rates")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--only", choices=("rates", "epochs"), default="")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if options.only != "epochs":
        _rates(_pixels(options.folder, options.photos))
    if options.only != "rates":
        _epochs(options.folder, options.epochs)


def _pixels(folder: str, count: int) -> NDArray[np.uint8]:
    data = listing(DatasetSpec(folder))
    loading = preprocess.load(data.folder, itertools.islice(data.photos, count), PreprocessSpec())
    return np.stack([one.pixels for one in loading if one.pixels is not None])


def _rates(photos: NDArray[np.uint8]) -> None:
    print(f"photos/s at 224 × 224, {len(photos)} photos, {default_workers()} cores")
    print(f"{'kind':14}{'one thread':>12}{'all cores':>12}{'torchvision':>13}{'ratio':>8}")
    for kind, theirs in THEIRS.items():
        spec = AugmentSpec((AugmentStep(kind, augmentation.KINDS[kind].amount, 1.0),))  # type: ignore[arg-type,index]
        one = _rate(photos, lambda spec=spec: [augment(photo, spec, key) for key, photo in enumerate(photos)])
        every = _rate(photos, lambda spec=spec: _in_batches(photos, spec))
        own = _rate(photos, lambda theirs=theirs: [np.array(theirs(Image.fromarray(photo))) for photo in photos])
        print(f"{kind:14}{one:12.0f}{every:12.0f}{own:13.0f}{one / own:8.2f}")


def _in_batches(photos: NDArray[np.uint8], spec: AugmentSpec, size: int = 32) -> None:
    for start in range(0, len(photos), size):
        augment_all(photos[start : start + size], spec, range(start, min(start + size, len(photos))))


def _rate(photos: NDArray[np.uint8], work: Callable[[], object]) -> float:
    """Photos per second, the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return len(photos) / best


def _epochs(folder: str, epochs: int) -> None:
    print(
        f"\n{'augmentation':38}{'cut':10}{'rows':>6}{'once s':>8}{'steady s':>10}{'times':>7}{'whole s':>9}{'times':>7}"
        f"{'accuracy':>10}"
    )
    plain: tuple[float, float] | None = None
    with tempfile.TemporaryDirectory() as home:
        for number, (name, augment) in enumerate(
            (
                ("none", AugmentSpec()),
                ("flip, 1 fixed view", AugmentSpec(FLIPPED, 1)),
                ("flip crop rotation, 3 views", AugmentSpec(USUAL, 3)),
                ("flip crop rotation, new in each epoch", AugmentSpec(USUAL)),
            )
        ):
            spec = RunSpec(DatasetSpec(folder), train=TrainSpec(epochs=epochs, device="cpu"), augment=augment)
            about, epoch, whole, accuracy = _run(spec, Path(home, str(number)))
            plain = plain or (epoch, whole)
            print(
                f"{name:38}{about}{epoch:10.3f}{epoch / plain[0]:7.1f}{whole:9.2f}{whole / plain[1]:7.1f}"
                f"{accuracy:10.4f}",
                flush=True,
            )


def _run(spec: RunSpec, home: Path) -> tuple[str, float, float, float]:
    """Train once; returns cut and rows, seconds once, of the median epoch and in all, and the last accuracy."""
    seconds: list[float] = []
    cut, once, rows, accuracy = "", 0.0, 0, 0.0
    began = time.perf_counter()
    for event in run.train(spec, home / "run", cache=home / "cache"):
        match event:
            case RunStarted():
                cut = event.cut
            case FeaturesComputed() | ViewsComputed():
                once += event.seconds
                rows += event.computed
            case Epoch():
                seconds.append(event.seconds)
                accuracy = event.val("accuracy")
            case _:
                pass
    whole = time.perf_counter() - began
    return f"{cut:10}{rows:6}{once:8.2f}", statistics.median(seconds[1:]), whole, accuracy


if __name__ == "__main__":
    main()
