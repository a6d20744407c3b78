"""Runs that differ only in their seed: the mean of their main metric, its spread, and the interval of the mean.

The runs share photos and split; the seed determines initial weights, order of photos and augmentation. So the spread is
that of training, and the interval says how well the mean over all seeds is known. It does not include the uncertainty
that comes from the number of validation photos; the interval of each run states that.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.evaluate.metrics import Metric, find
from studio.events import RunSummary
from studio.formatting import numbers
from studio.spec import RunSpec
from studio.spec.structs import replace

METHOD = "t distribution"


@dataclass(frozen=True)
class Repetition:
    """A run repeated with several seeds.

    Attributes:
        runs: Paths of the runs, by seed.
        seeds: Their seeds.
        metric: Key of their main metric.
        values: Its value in each run.
        mean: Mean of the values.
        deviation: Standard deviation, with n - 1 in the denominator.
        low: Lower end of the 95 % interval of the mean.
        high: Upper end.
        method: Name of the method of the interval.
    """

    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    metric: str
    values: tuple[float, ...]
    mean: float
    deviation: float
    low: float
    high: float
    method: str = METHOD

    def short(self) -> str:
        """Mean and standard deviation in the unit of the metric: “94.2 ± 0.8 %”."""
        metric = find(self.metric)
        if metric.format == "percent":
            return f"{100 * self.mean:.1f} ± {100 * self.deviation:.1f}{numbers.NARROW}%"
        return f"{self.mean:.3g} ± {self.deviation:.2g}"

    def words(self) -> str:
        """All numbers: “mean 94.2 %, SD 0.8 points, 95 % interval of the mean 92.2 – 96.2 % (t distribution)”."""
        metric = find(self.metric)
        spread = _deviation(metric, self.deviation)
        ends = metric.interval_text((self.low, self.high))
        return f"mean {metric.text(self.mean)}, SD {spread}, 95{numbers.NARROW}% interval of the mean {ends} ({METHOD})"


def repetitions(runs: Iterable[RunSummary]) -> tuple[Repetition, ...]:
    """The repetitions among finished runs, with at least two seeds each, in the order of their first run.

    Of several runs with the same seed, only the first counts: the others repeat its numbers.
    """
    groups: dict[tuple[object, ...], dict[int, RunSummary]] = {}
    for run in runs:
        if run.state == "done" and run.figure is not None and math.isfinite(run.figure.value):
            group = groups.setdefault((_without_seed(run.spec), run.photos, run.epochs, run.figure.key), {})
            group.setdefault(run.spec.train.seed, run)
    return tuple(_repetition([group[seed] for seed in sorted(group)]) for group in groups.values() if len(group) > 1)


def of_run(path: str, among: Iterable[Repetition]) -> Repetition | None:
    """The repetition that a run belongs to; None for a run without others."""
    return next((repetition for repetition in among if path in repetition.runs), None)


def seeds_of(spec: RunSpec, number: int) -> tuple[RunSpec, ...]:
    """The settings with `number` consecutive seeds of the training, beginning with its own; the split stays."""
    first = spec.train.seed
    return tuple(replace(spec, train=replace(spec.train, seed=first + step)) for step in range(number))


def mean_interval(values: Sequence[float]) -> tuple[float, float, float, float]:
    """Mean, standard deviation, and the ends of the 95 % interval of the mean by Student's t distribution.

    Args:
        values: At least two.
    """
    count = len(values)
    mean = math.fsum(values) / count
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    half = t_quantile(count - 1) * deviation / math.sqrt(count)
    return mean, deviation, mean - half, mean + half


@functools.cache
def t_quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's t distribution."""
    low, high = 0.0, 13.0  # of one degree of freedom: 12.7
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if _central(middle, degrees) < 0.95 else (low, middle)
    return (low + high) / 2


def _central(t: float, degrees: int) -> float:
    """The probability of a value between -t and t, by the finite sum for whole degrees of freedom."""
    # Abramowitz and Stegun, 26.7.3 and 26.7.4.
    angle = math.atan2(t, math.sqrt(degrees))
    cosine = math.cos(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for number in range(2 + odd, degrees - 1, 2):
        term *= cosine * cosine * (number - 1) / number
        total += term
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total


def _without_seed(spec: RunSpec) -> RunSpec:
    """The settings without those that may differ between repetitions."""
    return replace(spec, train=replace(spec.train, seed=0, checkpoint_minutes=1.0))


def _repetition(runs: list[RunSummary]) -> Repetition:
    figures = [run.figure for run in runs if run.figure is not None]
    key, values = figures[0].key, tuple(figure.value for figure in figures)
    mean, deviation, low, high = mean_interval(values)
    if find(key).format == "percent":
        low, high = max(0.0, low), min(1.0, high)
    seeds = tuple(run.spec.train.seed for run in runs)
    return Repetition(tuple(run.path for run in runs), seeds, key, values, mean, deviation, low, high)


def _deviation(metric: Metric, value: float) -> str:
    return f"{100 * value:.1f} points" if metric.format == "percent" else f"{value:.2g}"
