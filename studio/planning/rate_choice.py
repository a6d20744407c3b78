"""Choice of a learning rate from a range test (Smith, 2015): a few steps, each at a higher rate, and their losses.

The losses of single batches are noisy, so they are smoothed. The suggested rate is that at which the smoothed loss
falls fastest per factor of ten, but at most a tenth of the rate with the lowest loss, beyond which training may
diverge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.formatting.numbers import learning_rate

LOWEST, HIGHEST = 1e-6, 10.0
"""Rates of the first and last step of a range test."""

STEPS = 80
"""Number of steps of a range test."""

DIVERGED = 4.0
"""A test ends where the smoothed loss exceeds the lowest so far by this factor."""

MARGIN = 10.0
"""The rate with the lowest loss, divided by this, is the highest rate that is suggested."""

MEMORY = 0.85
"""Weight of the previous value in the exponential moving average."""

LEAST_FALL = 0.02
"""Share of its first value by which the smoothed loss must fall, or no rate is suggested."""


@dataclass(frozen=True)
class RateChoice:
    """The result of a range test.

    Attributes:
        rate: Suggested rate; None where the loss did not fall.
        lowest: Rate with the lowest smoothed loss.
        why: The reason, one or two sentences.
    """

    rate: float | None
    lowest: float
    why: str


def rates_to_test(steps: int = STEPS, lowest: float = LOWEST, highest: float = HIGHEST) -> list[float]:
    """The rate of each step of a range test, each higher by the same factor."""
    return [float(rate) for rate in np.geomspace(lowest, highest, steps)]


def smoothed(losses: Sequence[float]) -> NDArray[np.float64]:
    """Exponential moving average of the losses, without the bias toward 0 of its first values."""
    average, values = 0.0, []
    for count, loss in enumerate(losses, 1):
        average = MEMORY * average + (1 - MEMORY) * loss
        values.append(average / (1 - MEMORY**count))
    return np.array(values)


def is_over(losses: Sequence[float]) -> bool:
    """True where the test should end: the last loss is not finite, or the smoothed one has grown too much."""
    if not math.isfinite(losses[-1]):
        return True
    values = smoothed(losses)
    return bool(values[-1] > DIVERGED * values.min())


def choose(rates: Sequence[float], losses: Sequence[float]) -> RateChoice:
    """Choose a rate from the steps of a range test.

    Args:
        rates: Rate of each step, increasing.
        losses: Mean loss of each step's batch, before its update; only the last may be infinite or NaN.
    """
    finite = [loss for loss in losses if math.isfinite(loss)]
    values = smoothed(finite)
    if len(values) < 3:
        return RateChoice(None, rates[0], "The loss was not a number within three steps.")
    bottom = int(values.argmin())
    fall = (values[0] - values[bottom]) / abs(values[0]) if values[0] else 0.0
    if fall < LEAST_FALL or bottom < 2:
        return RateChoice(None, rates[bottom], "The loss did not fall at any rate.")
    slopes = np.gradient(values, np.log10(np.asarray(rates[: len(values)])))[: bottom + 1]
    steepest, limit = rates[int(slopes.argmin())], rates[bottom] / MARGIN
    if steepest <= limit:
        lowest = learning_rate(rates[bottom])
        why = f"The loss falls fastest at {learning_rate(steepest)}, well below {lowest}, where it is lowest."
        if steepest == rates[0]:
            why = f"{why} That is the lowest rate tested, so the loss may fall for another reason."
        return RateChoice(_rounded(steepest), rates[bottom], why)
    why = f"A tenth of {learning_rate(rates[bottom])}, where the loss is lowest; beyond that rate training may diverge."
    return RateChoice(_rounded(limit), rates[bottom], why)


def _rounded(rate: float) -> float:
    """The rate with one significant digit, because a test is not more exact."""
    return float(f"{rate:.0e}")
