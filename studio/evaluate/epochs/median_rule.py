"""The median rule, by which a hopeless run of a sweep is stopped early.

As in D. Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, with the result so far in
place of a running mean: it is what the runs are ranked by.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from studio.evaluate.epochs.best_epoch import rank, result_epoch
from studio.events import Epoch
from studio.spec import Result


def is_hopeless(epochs: Sequence[Epoch], earlier: Sequence[Sequence[Epoch]], result: Result, runs: int) -> bool:
    """True where a run is worse so far than the median of earlier runs after the same epoch.

    Args:
        epochs: Its epochs so far.
        earlier: Epochs of the runs that were trained before it; those with fewer epochs do not count.
        result: The criterion of all of them.
        runs: Least number of earlier runs that count; with fewer, no run is hopeless.
    """
    if not epochs:
        return False
    number = len(epochs)
    comparable = [_cost(others[:number], result) for others in earlier if len(others) >= number]
    if len(comparable) < max(1, runs):
        return False
    return _cost(epochs, result) > statistics.median(comparable)


def _cost(epochs: Sequence[Epoch], result: Result) -> float:
    """The criterion of the result so far; lower is better."""
    chosen = result_epoch(epochs, result)
    assert chosen is not None
    return rank(chosen, result)[0]
