"""Learning rate schedules: the factor by which all rates are multiplied at each optimizer step.

The factor depends only on the step, so that a resumed run has the same rates as an uninterrupted one.
"""

from __future__ import annotations

import bisect
import math

from studio.events import Phase
from studio.spec import TrainSpec

RISE = 0.25
"""Share of a cycle in which `one_cycle` rises (fastai's `pct_start`)."""

FIRST = 1 / 25
"""First rate of `one_cycle` as a share of its highest one (1 / torch's `div_factor`, fastai's `div`)."""

LAST = FIRST / 1e4
"""Last rate of `one_cycle` as a share of its highest one (its first one / torch's `final_div_factor`)."""


def factor(step: int, steps_per_epoch: int, epochs: int, train: TrainSpec, phase: Phase = "network") -> float:
    """Factor on each learning rate at an optimizer step.

    `cosine` is torch's CosineAnnealingLR and `one_cycle` its OneCycleLR with cosine annealing, over the phase or, in an
    extended run, over each section between its former ends. The warm-up (not of `one_cycle`) is linear and part of the
    first section: its step n of N has the factor n/N, so that the first step trains, too.

    Args:
        step: Index of the step in the phase.
        steps_per_epoch: Number of optimizer steps in an epoch.
        epochs: Number of epochs of the phase.
        train: Settings with `schedule`, `warmup` and `extended`.
        phase: Name of the phase; only "network" can be extended.
    """
    rise = round(train.warmup * steps_per_epoch)
    if train.schedule == "constant":
        return (step + 1) / rise if step < rise else 1.0
    ends = train.extended if phase == "network" else ()
    edges = [edge * steps_per_epoch for edge in (0, *(end for end in ends if 0 < end < epochs), epochs)]
    section = bisect.bisect_right(edges[1:-1], step)
    begin, end = edges[section], edges[section + 1]
    if train.schedule == "one_cycle":
        return _one_cycle(step - begin, end - begin)
    rise = min(rise, end) if begin == 0 else 0
    if step - begin < rise:
        return (step + 1) / rise
    return _cosine((step - begin - rise) / max(1, end - begin - rise), 1.0, 0.0)


def _one_cycle(step: int, steps: int) -> float:
    top, last = max(0.0, RISE * steps - 1), max(1, steps - 1)
    if step <= top:
        return _cosine(step / top, FIRST, 1.0) if top else 1.0
    return _cosine(min(1.0, (step - top) / (last - top)), 1.0, LAST)


def _cosine(share: float, first: float, last: float) -> float:
    """Cosine annealing from `first` to `last`; `share` 0…1 is the position."""
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2
