"""Order and winner of the runs of a sweep, and what the winner's figure is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from studio.evaluate.metrics import find
from studio.events import SweepRun
from studio.formatting.numbers import many, plain

SEED = "seed"
"""Name of the setting whose values repeat a run."""


def ranked(runs: Iterable[SweepRun]) -> tuple[SweepRun, ...]:
    """The runs, best first: complete ones, then those that were stopped, then those without an epoch."""
    return tuple(sorted(runs, key=_place))


def winner(runs: Sequence[SweepRun]) -> int | None:
    """Index of the best of ranked runs; None where none is complete.

    Where seeds are varied, too, the settings with the best mean over all seeds win, and of their runs the one with the
    lowest seed: picking the best seed would be picking luck.
    """
    groups: dict[Any, list[int]] = {}
    for place, run in enumerate(runs):
        groups.setdefault(_without_seed(run), []).append(place)
    whole = [group for group in groups.values() if all(runs[place].complete for place in group)]
    if not whole:
        return None
    most = max(map(len, whole))  # a mean over fewer seeds is less certain
    best = min((group for group in whole if len(group) == most), key=lambda group: _mean_rank(runs, group))
    return min(best, key=lambda place: _seed(runs[place]))


def caution(runs: Sequence[SweepRun], best: int | None, criterion: str, tested: bool) -> str:
    """What the winner's figure is worth, in sentences; "" where there is no winner, or nothing to choose from.

    Args:
        runs: The ranked runs.
        best: Index of the winner.
        criterion: The criterion in words.
        tested: True where the winner was judged on test photos.
    """
    tried = sum(run.value is not None for run in runs)
    if best is None or tried < 2:
        return ""
    seeds = len({_seed(run) for run in runs if _without_seed(run) == _without_seed(runs[best])})
    by = f"by the mean {criterion.split(' ', 1)[1]} over {seeds} seeds" if seeds > 1 else f"by {criterion}"
    chosen = (
        f"It was chosen among {tried} runs {by}, on the validation photos themselves, so its figure there is likely "
        "too good."
    )
    if tested:
        return f"{chosen} The figure on the test photos, which had no part in the choice, is unbiased."
    return f"{chosen} There are no test photos to judge it on; --test-fraction 0.2 holds some out."


def test_words(metrics: Mapping[str, Any]) -> str:
    """The winner's main metric on the test photos, in a sentence."""
    key, one = next(iter(metrics.items()))
    metric = find(key)
    words = f"On {many(one['n'], 'test photo')}: {metric.name} {plain(metric.plain_text(one['value']))}"
    if one["low"] is None or one["high"] is None:
        return f"{words}."
    return f"{words} (95 % interval {plain(metric.interval_text((one['low'], one['high'])))})."


def _place(run: SweepRun) -> tuple[bool, bool, tuple[float, float]]:
    return not run.complete, run.value is None, run.rank


def _without_seed(run: SweepRun) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in run.settings.items() if name != SEED)


def _seed(run: SweepRun) -> int:
    return int(run.settings.get(SEED, "0"))


def _mean_rank(runs: Sequence[SweepRun], group: Sequence[int]) -> tuple[float, float]:
    first, second = zip(*(runs[place].rank for place in group), strict=True)
    return math.fsum(first) / len(group), math.fsum(second) / len(group)
