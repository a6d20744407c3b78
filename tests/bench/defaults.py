"""Compares default settings of a head with a logistic regression, on photos used for neither.

    uv run python tests/bench/defaults.py FOLDER... [--sizes 50 200 1000 5000] [--seeds 3] [--keep FILE]
        [--candidates NAME...] [--backbone NAME] [--weights none] [--image-size N] [--uneven]

Each FOLDER holds one folder of photos per class; a missing one is reported and left out; without any, the sample photos
are used. Features are computed once and cached. For each size and seed, photos are drawn, equally many per class (or,
with --uneven, from 1 to 1/20 of that), a fifth of them for validation as in the program; all other photos, at most
5,000, are the *test part*, used neither for training nor for selection. The engine's own `Trainer` trains the head. The
logistic regression is scikit-learn's on standardized features: C 1e-3, and the C from 1e-4 to 1e-1 with the highest
validation accuracy. A rule selects the epoch that is the result of a run:

    loss    lowest validation loss
    metric  highest validation accuracy, then lowest loss
    last    the last one

The table gives accuracies on the test part in percent: the mean over seeds of each candidate with each rule minus that
of each regression, with the standard error of the paired difference; *worst* is the lowest difference over the sets, in
standard errors (of at least 0.25 points). A candidate is *worse* if it is more than two of them behind in any set.
With --keep, every run is written to a line of FILE, and those already in it are not repeated.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import numpy as np
import torch
from numpy.typing import NDArray
from parts.defaults_report import report
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from studio.data.sample import sample
from studio.data.scan import list_photos
from studio.engine.backbones import backbone
from studio.engine.backbones.backbone import Backbone
from studio.engine.extraction import extract
from studio.engine.network.freezing import Freezer
from studio.engine.training.inputs import FeatureSource, PhaseInputs
from studio.engine.training.trainer import Trainer
from studio.events import Dataset, Photo
from studio.jobs.progress import Pace
from studio.jobs.protocol import never
from studio.planning.freezing import frozen_leaves
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, HeadSpec, RunSpec, TrainSpec
from studio.spec.structs import replace

CPU = torch.device("cpu")
MOST_TESTED = 5000
VAL = 0.2
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
BEFORE = TrainSpec(epochs=10, lr=1e-3, schedule="constant", weight_decay=0.01)
"""The defaults of version 0.1, in which the head started at random."""


def candidates() -> dict[str, tuple[TrainSpec, HeadSpec]]:
    """Candidate settings by name."""
    zero, random = HeadSpec(start="zero"), HeadSpec(start="random")
    settings = {"default": (TrainSpec(), HeadSpec()), "before": (BEFORE, random)}
    for schedule, epochs in (("constant", 10), ("constant", 30), ("cosine", 10), ("cosine", 20), ("one_cycle", 20)):
        for lr in (3e-4, 1e-3, 3e-3):
            for decay in (0.01, 0.1, 1.0):
                spec = replace(BEFORE, epochs=epochs, lr=lr, schedule=schedule, weight_decay=decay)
                settings[f"{schedule} {epochs}, {lr:g}, decay {decay:g}"] = (spec, zero)
    settings["cosine 20, random start"] = (replace(BEFORE, epochs=20, schedule="cosine"), random)
    for epochs in (10, 30):
        settings[f"constant {epochs}, patience 3"] = (replace(BEFORE, epochs=epochs, patience=3), zero)
    settings["label smoothing 0.1"] = (replace(BEFORE, label_smoothing=0.1), zero)
    settings["batches of 16"] = (replace(BEFORE, batch_size=16), zero)
    settings["batches of 64"] = (replace(BEFORE, batch_size=64), zero)
    settings["sgd"] = (replace(BEFORE, optimizer="sgd"), zero)
    settings["raw features"] = (BEFORE, replace(zero, standardize=False))
    return settings


@dataclass(frozen=True)
class Pool:
    """All photos of a folder as features."""

    name: str
    base: Backbone
    rows: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Photos of one run: rows of the pool, labels from 0, and the test part."""

    name: str
    train: NDArray[np.int64]
    val: NDArray[np.int64]
    test: NDArray[np.int64]
    labels: NDArray[np.int64]


class Rows:
    """Feature rows in memory."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some rows."""
        return self._rows[indices]


def main() -> None:
    """Train the missing runs and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 200, 1000, 5000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--candidates", nargs="+", help="names, or beginnings of names; all by default")
    parser.add_argument("--backbone", default=BackboneSpec().name)
    parser.add_argument("--weights", default="default")
    parser.add_argument("--image-size", type=int)
    parser.add_argument("--uneven", action="store_true", help="classes of different sizes as well")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="trainings done so far, one a line")
    options = parser.parse_args()
    known = [json.loads(line) for line in _lines(options.keep)]
    done = {(one["part"], one["seed"], one["name"]) for one in known}
    chosen = {
        name: how
        for name, how in candidates().items()
        if not options.candidates or any(name.startswith(asked) for asked in options.candidates)
    }
    which = BackboneSpec(options.backbone, options.weights, options.image_size)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}"
    )
    for pool in _pools(options.folders, which):
        for size in options.sizes:
            for seed in range(options.seeds):
                for part in _parts(pool, size, seed, options.uneven):
                    for one in _measured(pool, part, seed, chosen, done):
                        known.append(one)
                        if options.keep:
                            with options.keep.open("a", encoding="utf-8") as out:
                                out.write(json.dumps(one) + "\n")
    parts = {one["part"] for one in known}
    selected = [one for one in known if one["part"] in parts and (one["name"] in chosen or one["name"] == "regression")]
    report(selected)


def _pools(folders: Sequence[Path], which: BackboneSpec) -> Iterable[Pool]:
    """The features of each existing folder."""
    places = list(folders)
    if not places:
        places = [Path(tempfile.gettempdir(), "thaw-bench-sample")]
        list(sample(places[0]))
    for folder in places:
        if not folder.is_dir():
            print(f"{folder}: does not exist, left out")
            continue
        began = time.perf_counter()
        data = _value(list_photos(DatasetSpec(str(folder))))
        if data.problems or len(data.photos) < 60:
            print(f"{folder}: {data.problems[0].title if data.problems else 'fewer than 60 photos'}, left out")
            continue
        base = _value(backbone.load(which, never, 7))
        features = _value(extract.extract(base, data, "features", CPU, never))
        rows = features.rows.take(np.arange(len(features.rows)))
        labels = np.array([photo.label for photo in features.dataset.photos], np.int64)
        name = folder.name if which == BackboneSpec() else f"{folder.name} ({which.name} {which.weights})"
        print(f"{name}: {len(rows):,} photos, {len(data.classes)} classes, {time.perf_counter() - began:.0f} s")
        yield Pool(name, base, rows, labels)


def _parts(pool: Pool, size: int, seed: int, uneven: bool) -> Iterable[Part]:
    """Draw the photos of one run, with classes of equal or different size; None if there are too few."""
    shapes = (False, True) if uneven else (False,)
    for shape in shapes:
        draw = np.random.default_rng([seed, size, int(shape)])
        counts = np.bincount(pool.labels)
        classes = draw.permutation(np.flatnonzero(counts >= 8))[: max(2, size // 8)]
        shares = np.geomspace(1, 1 / 20, len(classes)) if shape else np.ones(len(classes))
        counts = np.maximum(5, np.round(size * shares / shares.sum())).astype(int)
        train, val, rest = [], [], []
        for label, count in zip(classes, counts, strict=True):
            rows = draw.permutation(np.flatnonzero(pool.labels == label))
            count = min(count, int(0.7 * len(rows)))
            held = max(1, round(VAL * count))
            val.append(rows[:held])
            train.append(rows[held:count])
            rest.append(rows[count:])
        enough = sum(map(len, train)) + sum(map(len, val)) >= 0.75 * size
        test = draw.permutation(np.concatenate(rest))[:MOST_TESTED]
        if not enough or len(test) < 60:
            continue
        labels = np.full(len(pool.labels), -1, np.int64)
        for number, label in enumerate(classes):
            labels[pool.labels == label] = number
        name = f"{pool.name} {size}{' uneven' if shape else ''}, {len(classes)} classes"
        yield Part(name, np.concatenate(train), np.concatenate(val), test, labels)


def _measured(
    pool: Pool, part: Part, seed: int, chosen: dict[str, tuple[TrainSpec, HeadSpec]], done: set[tuple[str, int, str]]
) -> Iterable[dict[str, Any]]:
    """Run the regression and all candidates that were not measured before."""
    about = {"part": part.name, "seed": seed}
    if (part.name, seed, "regression") not in done:
        yield about | {"name": "regression"} | regression(pool.rows, part)
    for name, (train, head) in chosen.items():
        if (part.name, seed, name) not in done:
            began = time.perf_counter()
            epochs = trained(pool, part, replace(train, seed=seed + 1), head)
            yield about | {"name": name, "epochs": epochs, "seconds": round(time.perf_counter() - began, 3)}


def trained(pool: Pool, part: Part, train: TrainSpec, head: HeadSpec) -> list[list[float]]:
    """Rows per epoch: validation loss, and accuracy on validation, test and training photos."""
    which = np.concatenate([part.train, part.val])
    photos = tuple(
        Photo(f"{place}.png", int(part.labels[row]), "train" if place < len(part.train) else "val")
        for place, row in enumerate(which)
    )
    classes = tuple(f"class {number}" for number in range(int(part.labels.max()) + 1))
    data = Dataset("", classes, photos, (), False, checked=True)
    spec = RunSpec(DatasetSpec(""), head=head, train=replace(train, checkpoint_minutes=1e6))
    base = pool.base
    frozen = Freezer(base.network, base.table, frozen_leaves(FreezePlan(), base.table.layers), "keep")
    source = FeatureSource(base, "features", Rows(pool.rows[which]), CPU)
    learner = Trainer(spec, base, frozen, data, "", Path(), CPU, never)
    learner.enter(PhaseInputs("network", 1, train.epochs, source, source, np.arange(len(part.train))))
    test, truth = torch.from_numpy(pool.rows[part.test]), torch.from_numpy(part.labels[part.test])
    rows = []
    while len(learner.epochs) < train.epochs and not learner.is_over():
        number = len(learner.epochs) + 1
        epoch = _value(learner.epoch(number, Pace("train", train.epochs, "epochs")))
        with torch.no_grad():
            right = float((learner.head.eval()(test).argmax(1) == truth).float().mean())
        rows.append([epoch.val_loss, epoch.val("accuracy"), right, epoch.train("accuracy")])
    return rows


def regression(rows: NDArray[np.float32], part: Part) -> dict[str, Any]:
    """Accuracies of the logistic regressions on the test part."""
    scale = StandardScaler().fit(rows[part.train])
    train, val, test = (scale.transform(rows[which]) for which in (part.train, part.val, part.test))
    accuracies = {}
    for strength in STRENGTHS:
        fitted = LogisticRegression(C=strength, max_iter=300).fit(train, part.labels[part.train])
        scores = [fitted.score(where, part.labels[which]) for where, which in ((val, part.val), (test, part.test))]
        accuracies[strength] = scores
    best = max(STRENGTHS, key=lambda strength: accuracies[strength][0])
    return {"fixed": accuracies[1e-3][1], "chosen": accuracies[best][1], "C": best}


def _lines(file: Path | None) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file is not None and file.exists() else []


def _value(events: Generator[Any, None, Any]) -> Any:
    """The return value of a generator of events."""
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    main()
