"""A predicted number on the scale of the run's own numbers, with the interval that its validation errors give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.formatting.language import tr
from studio.session.state import RunState

SHARE = 0.95
LEAST = 20
"""Smallest number of validation photos for an interval: with fewer than 19, none covers 95 % of new photos."""


@dataclass(frozen=True)
class NumberScale:
    """A number on a scale.

    Attributes:
        value: The number.
        low, high: Ends of the scale.
        error: 95 % of the validation photos were predicted at most this far from their number; None for too few.
        photos: Number of these photos.
    """

    value: float
    low: float
    high: float
    error: float | None
    photos: int


def scale(value: float, run: RunState) -> NumberScale:
    """A predicted number on the scale of the run."""
    report, numbers, data = run.report, run.numbers, run.dataset
    errors = np.zeros(0)
    if numbers is not None and data is not None and len(numbers.photos):
        truth = np.array([data.photos[place].target for place in numbers.photos], float)
        errors = np.abs(numbers.numbers - truth)
        errors = errors[np.isfinite(errors)]
    # The quantile of the errors that covers 95 % of new photos, as in split conformal prediction (Vovk et al., 2005).
    place = math.ceil(SHARE * (len(errors) + 1)) - 1
    error = float(np.sort(errors)[place]) if len(errors) >= LEAST and place < len(errors) else None
    low, high = (report.lowest, report.highest) if report is not None else (value, value)
    ends = [end for end in (low, high, value) if math.isfinite(end)] or [0.0]
    return NumberScale(value, min(ends), max(ends), error, len(errors))


def words(scale: NumberScale, target: str) -> str:
    """The scale in one sentence."""
    if scale.error is None:
        return tr("{target}: too few validation photos for an interval").format(target=target)
    return tr("{target}: ± {error:.3g} holds for 95 % of {photos:,} validation photos").format(
        target=target, error=scale.error, photos=scale.photos
    )
