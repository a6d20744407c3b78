"""Results of comparisons of two runs, from made-up predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from epochs import class_epoch, number_epoch

from studio.evaluate.documents import comparison
from studio.evaluate.documents.comparison import ComparedRun
from studio.events import JudgedPart, RunsCompared, Split

SETTINGS_A = {"train": {"epochs": 30, "lr": 0.001}, "freeze": {"thaw": []}, "dataset": {"seed": 7}}
SETTINGS_B = {"train": {"epochs": 30, "lr": 0.0003}, "freeze": {"thaw": ["blocks.6"]}, "dataset": {"seed": 7}}
FACTS = [
    {"fact": "trainable_parameters", "a": 2562, "b": 1020162},
    {"fact": "cached_shape", "a": [1280], "b": [192, 7, 7]},
    {"fact": "seconds_per_epoch", "a": 0.02, "b": 0.6},
]


def compared(
    a: str = "/runs/a",
    b: str = "/runs/b",
    part: Split = "val",
    classes: Sequence[str] = ("ants", "bees"),
    photos: int = 40,
    right: tuple[float, float] = (0.7, 0.85),
    common: int | None = None,
    numbers: bool = False,
    folder: str = "/photos",
) -> RunsCompared:
    """Two runs with about these shares of right photos, on `common` photos that both judged (all of them)."""
    random = np.random.default_rng(5)
    labels = np.arange(photos) % len(classes)
    paths = tuple(f"{classes[label]}/{number:04}.jpg" for number, label in enumerate(labels))
    sides: list[ComparedRun] = []
    for share in right:
        own = photos - common if sides and common is not None else 0  # photos of B alone
        names = (*(f"more/{place}.jpg" for place in range(own)), *paths[own:])
        truth, predicted = _numbers(random, photos) if numbers else _shares(random, labels, share, len(classes))
        judged = JudgedPart(part, 3, folder, names, ("",) * len(names), truth, predicted)
        settings = SETTINGS_A if not sides else SETTINGS_B
        sides.append(ComparedRun("run", tuple(classes), judged, settings))
    document, judged_photos = comparison.compare(sides[0], sides[1], numbers)
    head = {"epoch": 3, "epochs": 4, "epoch_words": "epoch 3 of 4, lowest validation loss"}
    heads = {key: head | {"run": run, "name": run.rsplit("/", 1)[-1]} for key, run in (("a", a), ("b", b))}
    splits = {key: {"train": 100, "val": photos} for key in "ab"}
    rest = {"part": part, "facts": FACTS, "splits": splits}
    return RunsCompared({**heads, **document, **rest}, judged_photos, (_epochs(0.9, numbers), _epochs(0.6, numbers)))


def _shares(random: np.random.Generator, labels: Any, share: float, classes: int) -> tuple[Any, Any]:
    wrong = (labels + random.integers(1, classes, len(labels))) % classes
    guess = np.where(random.random(len(labels)) < share, labels, wrong)
    predicted = np.full((len(labels), classes), 0.0, np.float32)
    sure = random.uniform(0.55, 0.99, len(labels))
    predicted[:] = ((1 - sure) / (classes - 1))[:, None]
    predicted[np.arange(len(labels)), guess] = sure
    return labels, predicted


def _numbers(random: np.random.Generator, photos: int) -> tuple[Any, Any]:
    truth = np.arange(photos, dtype=np.float64)
    return truth, (truth + random.normal(0, 1, photos)).astype(np.float32)


def _epochs(loss: float, numbers: bool) -> tuple[Any, ...]:
    make = number_epoch if numbers else class_epoch
    if numbers:
        return tuple(make(one, loss / one, 1.1 * loss / one, 0.1, 2.0 / one, 2.2 / one) for one in range(1, 5))
    return tuple(make(one, loss / one, 1 - 0.3 / one, 1.1 * loss / one, 1 - 0.4 / one, 0.1) for one in range(1, 5))
