"""From predicted numbers to a report: mean absolute error with its interval, RMSE, R², and what they mean.

The definitions are scikit-learn's, because those are what people compare with; a test holds the numbers against it.
An error alone says nothing: “off by 3.2” is good for ages and bad for shoe sizes. So it always stands beside what
always saying the mean of the training photos would give. The first rule of `judge` that holds gives the verdict; the
advice names at most two findings, the gravest first.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.intervals import Z95
from studio.evaluate.verdicts import HEALTHY, NARROW, NOT_YET, OVERFITTING, TOO_FEW
from studio.events import Figure, Report
from studio.formatting.numbers import figures

BIASED = "Biased"
OUTLIERS = "Outliers"
LOW_R2 = "Low R²"

RESAMPLES = 1000
"""Resamples of the bootstrap."""

MANY = 2000
"""From so many photos on, the bootstrap of a mean is its normal limit to all the digits that are shown."""

OVERFIT = 1.5
"""Validation error this many times the training error means that the training photos are known by heart."""

FAIR = 0.5
"""R² under which less than half of the differences between photos is explained."""

WIDE = 0.5
"""Width of the error's interval, as a share of the error, from which on there are too few photos to tell."""

FAR_OFF = 2.0
"""RMSE this many times the mean absolute error: a few photos are very far off (1.25 for normal errors)."""

ONE_SIDED = 0.5
"""Share of the mean absolute error that is a shift of all numbers to one side."""


def report(true: NDArray[Any], predicted: NDArray[Any], train: NDArray[Any], train_mae: float | None = None) -> Report:
    """Judge predicted numbers.

    Args:
        true: (N,) true numbers of the validation photos, finite. N may be 0.
        predicted: (N,) what was predicted for them, in the same unit.
        train: (M,) true numbers of the training photos, M at least 1; their mean is the baseline.
        train_mae: Mean absolute error on the training photos, where known; tells overfitting.

    Returns:
        The report. R² is 0 where it is not defined (fewer than two photos). Where predictions are not finite, errors
        are NaN and the verdict says so.

    Raises:
        ValueError: Shapes do not fit together, or there are no training numbers.
    """
    truth, guess, known = (np.asarray(numbers, np.float64) for numbers in (true, predicted, train))
    if truth.ndim != 1 or guess.shape != truth.shape or known.ndim != 1 or not len(known):
        raise ValueError(f"Numbers of shapes {truth.shape}, {guess.shape} and {known.shape} do not belong together.")
    if not len(truth):
        nothing = "There are no validation photos to judge by."
        return Report(0, _figures(0.0, (0.0, 0.0), 0.0, 0.0, 0.0), NOT_YET, nothing)
    mean = float(known.mean())
    low, high = float(truth.min()), float(truth.max())
    baseline = float(np.abs(truth - mean).mean())
    if not np.isfinite(guess).all():
        astray = "Some predictions are not numbers: training went astray. Lower the learning rate."
        nan = math.nan
        unknown = _figures(nan, (nan, nan), nan, nan, baseline)
        return Report(len(truth), unknown, NOT_YET, astray, lowest=low, highest=high)
    errors = guess - truth
    mae, rmse = float(np.abs(errors).mean()), math.sqrt(float(np.square(errors).mean()))
    r2 = _r2(errors, truth) if len(truth) > 1 else 0.0
    interval = mean_interval(np.abs(guess - truth))
    verdict, advice = _judge(truth, guess, (mae, rmse, r2), interval, (mean, baseline), train_mae)
    known_figures = _figures(mae, interval, rmse, r2, baseline)
    return Report(len(truth), known_figures, verdict, advice, lowest=low, highest=high)


def _figures(mae: float, interval: tuple[float, float], rmse: float, r2: float, baseline: float) -> tuple[Figure, ...]:
    return (
        Figure("mae", mae, interval),
        Figure("rmse", rmse),
        Figure("r2", r2),
        Figure("baseline_mae", baseline),
    )


def _r2(errors: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Share of the variance that is explained; where there is none, 1 for no error and 0 for any."""
    rest, whole = float(np.square(errors).sum()), float(np.square(truth - truth.mean()).sum())
    if whole == 0.0:
        return float(rest == 0.0)
    return 1.0 - rest / whole


def mean_interval(values: NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """95 % interval of a mean: the percentile bootstrap, the same at every call.

    B. Efron, "Bootstrap Methods: Another Look at the Jackknife", The Annals of Statistics 7 (1979), 1-26. From `MANY`
    values on its normal limit, mean ± 1.96 s / √N, is taken instead: a report is made after every epoch.

    Args:
        values: (N,), N at least 1; of one value nothing is known and both ends are that value.
        seed: Of the resamples.
    """
    number = len(values)
    if number >= MANY:
        mean, reach = float(values.mean()), Z95 * float(values.std(ddof=1)) / math.sqrt(number)
        return max(mean - reach, 0.0) if values.min() >= 0 else mean - reach, mean + reach
    drawn = np.random.default_rng(seed).integers(0, number, (RESAMPLES, number))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _judge(
    truth: NDArray[np.float64],
    guess: NDArray[np.float64],
    errors: tuple[float, float, float],
    interval: tuple[float, float],
    baseline: tuple[float, float],
    train_mae: float | None,
) -> tuple[str, str]:
    """Verdict and advice from MAE, RMSE and R², the interval of the first, and the baseline's number and error."""
    mae, rmse, r2 = errors
    overfit = _overfit(mae, interval, train_mae)
    if mae >= baseline[1]:
        return NOT_YET, (
            f"The predicted numbers are off by {figures(mae)} on average; always saying {figures(baseline[0])}, the "
            f"mean of the training photos, would be off by {figures(baseline[1])}. "
            f"{overfit or 'Train longer, or thaw more layers.'}"
        )
    findings = [
        (name, finding)
        for name, finding in (
            (BIASED, _one_sided(guess - truth, mae)),
            (OVERFITTING, overfit),
            (OUTLIERS, _far_off(truth, guess, mae, rmse)),
            (TOO_FEW, _too_few(len(truth), mae, interval)),
            (LOW_R2, "" if overfit else _middling(r2)),  # its advice is the opposite
        )
        if finding
    ]
    if findings:
        return findings[0][0], " ".join(finding for _, finding in findings[:2])
    return HEALTHY, (
        f"The predicted numbers are off by {figures(mae)} on average (95{NARROW}% interval {figures(interval[0])} to "
        f"{figures(interval[1])}); always saying the mean would be off by {figures(baseline[1])}."
    )


def _one_sided(residuals: NDArray[np.float64], mae: float) -> str:
    """A shift that chance does not explain (two standard errors)."""
    shift = float(residuals.mean())
    chance = 2 * float(residuals.std()) / math.sqrt(len(residuals))
    if len(residuals) < 2 or abs(shift) < ONE_SIDED * mae or abs(shift) <= chance:
        return ""
    side = "high" if shift > 0 else "low"
    return (
        f"The predicted numbers are {figures(abs(shift))} too {side} on average: train longer, or with a higher rate."
    )


def _overfit(mae: float, interval: tuple[float, float], train_mae: float | None) -> str:
    if train_mae is None or mae < OVERFIT * train_mae or train_mae >= interval[0]:
        return ""
    return (
        f"The training photos are off by only {figures(train_mae)}, the validation photos by {figures(mae)}: train "
        "for fewer epochs, freeze more layers, or add photos."
    )


def _far_off(truth: NDArray[np.float64], guess: NDArray[np.float64], mae: float, rmse: float) -> str:
    if rmse <= FAR_OFF * mae:  # both are 0 where every prediction is exact
        return ""
    worst = int(np.abs(guess - truth).argmax())
    return (
        f"A few photos are very far off, one by {figures(abs(float(guess[worst] - truth[worst])))}: look at them, "
        "their true numbers may be wrong."
    )


def _too_few(total: int, mae: float, interval: tuple[float, float]) -> str:
    low, high = interval
    if total > 1 and high - low <= WIDE * mae:
        return ""
    if total == 1:
        return "With only 1 validation photo, nothing is known of other photos."
    return (
        f"With only {total:,} validation photos, the mean error may lie anywhere from {figures(low)} to "
        f"{figures(high)}."
    )


def _middling(r2: float) -> str:
    if r2 >= FAIR:
        return ""
    return (
        f"R² is {r2:.2f}: less than half of the differences between photos is explained. Train longer, or thaw more "
        "layers."
    )
