"""Comparison of two runs of the same settings: losses, metrics and weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from studio.engine.training.run_files import weight_files
from studio.evaluate.metrics import find
from studio.events import Epoch, ReplayedValue
from studio.spec import UserError

PARTS = {"train": "training", "val": "validation"}


def epochs(then: Iterable[Epoch], now: Iterable[Epoch]) -> Iterator[ReplayedValue]:
    """Yield the losses and metrics that differ, in the order of the epochs.

    A metric that only one of the runs recorded does not count: another version may have more metrics.
    """
    mine = {epoch.epoch: epoch for epoch in now}
    for one in then:
        other = mine.get(one.epoch)
        if other is None:
            yield ReplayedValue("the epoch, which the replay did not reach", one.epoch, math.inf)
            continue
        for key in ("loss", *(metric.key for metric in one.metrics)):
            for part, word in PARTS.items():
                values = (
                    one.train(key) if part == "train" else one.val(key),
                    (other.train(key) if part == "train" else other.val(key)),
                )
                if None not in values and (difference := _of_numbers(*map(float, values))):  # type: ignore[arg-type]
                    yield ReplayedValue(f"{word} {find(key).name}", one.epoch, difference)


def weights(then: Path, now: Path, words: str) -> Iterator[ReplayedValue]:
    """Yield the tensors that differ between two folders of weights: of the last epochs, or of the best ones.

    Args:
        then: Folder of the run's weights.
        now: Folder of the replay's weights.
        words: What these weights are, for the names of the differences.

    Raises:
        UserError: Those of `then` cannot be read.
    """
    first = weight_files.load(then)
    try:
        second: Mapping[str, Tensor] = weight_files.load(now)
    except (UserError, OSError, SafetensorError):
        second = {}
    for name in sorted({*first, *second}):
        if difference := _of_tensors(first.get(name), second.get(name)):
            yield ReplayedValue(f"{words}, {name}", 0, difference)


def largest(differences: Iterable[ReplayedValue]) -> ReplayedValue | None:
    """The largest difference; None without any."""
    return max(differences, key=lambda one: one.difference, default=None)


def _of_numbers(then: float, now: float) -> float:
    if then == now or (math.isnan(then) and math.isnan(now)):
        return 0.0
    difference = abs(then - now)
    return difference if math.isfinite(difference) else math.inf


def _of_tensors(then: Tensor | None, now: Tensor | None) -> float:
    if then is None or now is None or then.shape != now.shape or then.dtype != now.dtype:
        return math.inf
    if torch.equal(then, now) or not then.numel():
        return 0.0
    difference = (then.double() - now.double()).abs()
    both = torch.isnan(then) & torch.isnan(now)
    return float(difference.masked_fill(both, 0.0).nan_to_num(nan=math.inf, posinf=math.inf).max())
