"""Evaluation of predicted numbers: mean absolute error with its interval, RMSE, R², verdict and advice.

The definitions are those of scikit-learn, the usual reference; a test compares the numbers. An error alone is hard to
interpret: 3.2 is good for ages and bad for shoe sizes. So it is always compared with the error of a baseline that
predicts the mean of the training photos. The first rule in `_judge` that applies determines the verdict; the advice
names at most two findings, the most serious first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.epochs import curve_rules
from studio.evaluate.intervals import Z95, of_mean
from studio.evaluate.verdicts import GOOD, NOT_YET, OVERFITTING, TOO_FEW, advice, against_overfitting, sentence
from studio.events import Epoch, Figure, Report
from studio.formatting.numbers import NARROW, figures

BIASED = "Biased"
OUTLIERS = "Outliers"
LOW_R2 = "Low R²"

MANY = 500
"""Number of photos from which on the normal approximation equals the bootstrap in all digits shown."""

OVERFIT = 1.5
"""Ratio of validation error to training error from which on the model overfits."""

FAIR = 0.5
"""R² below which less than half of the variance is explained."""

WIDE = 0.5
"""Width of the error's interval, relative to the error, above which there are too few photos."""

FAR_OFF = 2.0
"""Ratio of RMSE to mean absolute error above which there are outliers; it is 1.25 for normally distributed errors."""

ONE_SIDED = 0.5
"""Mean residual, relative to the mean absolute error, from which on the predictions are biased."""


def report(
    true: NDArray[Any],
    predicted: NDArray[Any],
    train: NDArray[Any],
    train_mae: float | None = None,
    epochs: Sequence[Epoch] = (),
) -> Report:
    """Evaluate predicted numbers.

    Args:
        true: (N,) true numbers of the validation photos, finite. N may be 0.
        predicted: (N,) predicted numbers in the same unit.
        train: (M,) true numbers of the training photos, M at least 1; their mean is the baseline.
        train_mae: Mean absolute error on the training photos, to detect overfitting; None where it is unknown.
        epochs: Epochs of the run; where more of them would not help, the advice does not suggest them.

    Returns:
        The report. R² is 0 where it is not defined (fewer than two photos). The verdict is “Not yet” without photos,
        where all errors are 0, and where predictions are not finite, in which case the errors are NaN.

    Raises:
        ValueError: Shapes do not fit together, or there are no training numbers.
    """
    truth, guess, train_targets = (np.asarray(numbers, np.float64) for numbers in (true, predicted, train))
    if truth.ndim != 1 or guess.shape != truth.shape or train_targets.ndim != 1 or not len(train_targets):
        raise ValueError(
            f"Numbers of shapes {truth.shape}, {guess.shape} and {train_targets.shape} do not belong together."
        )
    if not len(truth):
        nothing = "There are no validation photos to judge by."
        return Report(0, _figures(0.0, (0.0, 0.0), 0.0, 0.0, 0.0), NOT_YET, nothing)
    mean = float(train_targets.mean())
    low, high = float(truth.min()), float(truth.max())
    baseline = float(np.abs(truth - mean).mean())
    if not np.isfinite(guess).all():
        diverged = "Some predictions are not numbers: training diverged. Lower the learning rate."
        nan = math.nan
        unknown = _figures(nan, (nan, nan), nan, nan, baseline)
        return Report(len(truth), unknown, NOT_YET, diverged, lowest=low, highest=high)
    errors = guess - truth
    mae, rmse = float(np.abs(errors).mean()), math.sqrt(float(np.square(errors).mean()))
    r2 = _r2(errors, truth) if len(truth) > 1 else 0.0
    interval = mean_interval(np.abs(guess - truth))
    verdict, advice = _judge(truth, guess, (mae, rmse, r2), interval, (mean, baseline), train_mae, epochs)
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
    """Coefficient of determination; without variance it is 1 if there is no error, else 0, as in scikit-learn."""
    rest, whole = float(np.square(errors).sum()), float(np.square(truth - truth.mean()).sum())
    if whole == 0.0:
        return float(rest == 0.0)
    return 1.0 - rest / whole


def mean_interval(values: NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """95 % interval of a mean by the studentized bootstrap; see `intervals.of_mean`.

    From `MANY` values on, the normal approximation mean ± 1.96 s / √N replaces it, because a report is computed after
    every epoch.

    Args:
        values: (N,), N at least 1; for a single value both ends are that value.
        seed: Seed of the bootstrap.
    """
    number = len(values)
    if number == 1:
        return float(values[0]), float(values[0])
    if number >= MANY:
        mean, reach = float(values.mean()), Z95 * float(values.std(ddof=1)) / math.sqrt(number)
        return max(mean - reach, 0.0) if values.min() >= 0 else mean - reach, mean + reach
    interval = of_mean(values, seed)
    return interval.low, interval.high


def _judge(
    truth: NDArray[np.float64],
    guess: NDArray[np.float64],
    errors: tuple[float, float, float],
    interval: tuple[float, float],
    baseline: tuple[float, float],
    train_mae: float | None,
    epochs: Sequence[Epoch],
) -> tuple[str, str]:
    """Verdict and advice.

    Args:
        truth: (N,) true numbers.
        guess: (N,) predicted numbers.
        errors: MAE, RMSE and R².
        interval: 95 % interval of the MAE.
        baseline: Number that the baseline always predicts, and its MAE.
        train_mae: As in `report`.
        epochs: As in `report`.
    """
    mae, rmse, r2 = errors
    hardly_began = bool(epochs) and curve_rules.creeps(epochs) is not None
    fewer = not epochs or curve_rules.still_falls(epochs) is None
    overfit = "" if hardly_began else _overfit(mae, interval, train_mae, fewer)
    # No finding may suggest what another one warns of.
    longer = not overfit and not curve_rules.more_epochs_hurt(epochs, curve_rules.guessing_loss(0))
    other = advice(longer)
    if mae >= baseline[1]:
        return NOT_YET, (
            f"The predicted numbers are off by {figures(mae)} on average; always predicting {figures(baseline[0])}, "
            f"the mean of the training photos, would be off by {figures(baseline[1])}. "
            f"{overfit or sentence(other)}"
        )
    findings = [
        (name, finding)
        for name, finding in (
            (BIASED, _biased(guess - truth, mae, longer)),
            (OVERFITTING, overfit),
            (OUTLIERS, _outliers(truth, guess, mae, rmse)),
            (TOO_FEW, _too_few(len(truth), mae, interval)),
            (LOW_R2, "" if overfit else _low_r2(r2, longer)),
        )
        if finding
    ]
    if findings:
        return findings[0][0], " ".join(finding for _, finding in findings[:2])
    return GOOD, (
        f"The predicted numbers are off by {figures(mae)} on average (95{NARROW}% interval {figures(interval[0])} to "
        f"{figures(interval[1])}); always predicting the mean would be off by {figures(baseline[1])}."
    )


def _biased(residuals: NDArray[np.float64], mae: float, longer: bool) -> str:
    """Finding about a mean residual that chance does not explain (two standard errors); "" without one."""
    shift = float(residuals.mean())
    chance = 2 * float(residuals.std()) / math.sqrt(len(residuals))
    if len(residuals) < 2 or abs(shift) < ONE_SIDED * mae or abs(shift) <= chance:
        return ""
    side = "high" if shift > 0 else "low"
    other = "train longer, or with a higher learning rate" if longer else "look at the photos with the largest errors"
    return f"The predicted numbers are {figures(abs(shift))} too {side} on average: {other}."


def _overfit(mae: float, interval: tuple[float, float], train_mae: float | None, fewer: bool = True) -> str:
    if train_mae is None or mae < OVERFIT * train_mae or train_mae >= interval[0]:
        return ""
    return (
        f"The training photos are off by only {figures(train_mae)}, the validation photos by {figures(mae)}: "
        f"{against_overfitting(fewer)}."
    )


def _outliers(truth: NDArray[np.float64], guess: NDArray[np.float64], mae: float, rmse: float) -> str:
    if rmse <= FAR_OFF * mae:  # not `<`: both are 0 where every prediction is exact
        return ""
    worst = int(np.abs(guess - truth).argmax())
    return (
        f"A few predictions are very far off, one by {figures(abs(float(guess[worst] - truth[worst])))}: check these "
        "photos, because their true numbers may be wrong."
    )


def _too_few(total: int, mae: float, interval: tuple[float, float]) -> str:
    low, high = interval
    if total > 1 and high - low <= WIDE * mae:
        return ""
    if total == 1:
        return "With only 1 validation photo, the error on other photos is unknown."
    return (
        f"With only {total:,} validation photos, the mean error may lie anywhere from {figures(low)} to "
        f"{figures(high)}."
    )


def _low_r2(r2: float, longer: bool) -> str:
    if r2 >= FAIR:
        return ""
    return f"R² is {r2:.2f}: less than half of the variance between photos is explained. {sentence(advice(longer))}"
