"""An epoch with a thawed last block: split at the cut, against the same network passed through whole.

    uv run python tests/bench/thawed_epoch.py PHOTOS [--backbone NAME] [--thaw LAYER ...] [--epochs 3]

Both train the same layers from the same seed with the same code; only the cut differs. What is computed once before
(features up to the cut, or framed pixels) is not part of an epoch. Prints the median epoch of each and the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from studio.engine import training
from studio.events import Epoch, RunStarted
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos")
    parser.add_argument("--backbone", default=BUNDLED_BACKBONE)
    parser.add_argument("--thaw", nargs="+", default=["blocks.6", "conv_head", "bn2"])
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    spec = RunSpec(
        DatasetSpec(options.photos),
        BackboneSpec(options.backbone),
        FreezePlan("all", thaw=tuple(options.thaw)),
        train=TrainSpec(epochs=options.epochs),
    )
    split = _run(spec)
    # A limit of no bytes a photo leaves no place to split at, so pixels are kept.
    limit, training.plan.BIGGEST_ROW = training.plan.BIGGEST_ROW, 0
    whole = _run(spec)
    training.plan.BIGGEST_ROW = limit
    for name, (cut, seconds, accuracy) in (("split", split), ("whole", whole)):
        print(f"{name:8}{cut:32}{statistics.median(seconds):8.2f} s an epoch, validation accuracy {accuracy:.4f}")
    print(f"ratio   {statistics.median(whole[1]) / statistics.median(split[1]):.1f}")


def _run(spec: RunSpec) -> tuple[str, list[float], float]:
    """Where it was split, seconds of each epoch, last validation accuracy."""
    seconds: list[float] = []
    cut, accuracy = "", 0.0
    with tempfile.TemporaryDirectory() as folder:
        for event in training.train(spec, Path(folder, "run"), cache=Path(folder, "cache")):
            if isinstance(event, RunStarted):
                cut = event.cut
            elif isinstance(event, Epoch):
                seconds.append(event.seconds)
                accuracy = event.val_accuracy
    return cut, seconds, accuracy


if __name__ == "__main__":
    main()
