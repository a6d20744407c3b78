"""The document of `thaw evaluate --json` for predicted numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import regression
from studio.evaluate.documents.evaluation import MOST_PHOTOS, PART_WORDS, interval, slice_rows
from studio.evaluate.intervals import RESAMPLES, STUDENTIZED, UNKNOWN, Interval, of_mean, resamples
from studio.evaluate.rules import curves, splits
from studio.evaluate.slices import Slice
from studio.evaluate.verdict_facts import Evidence, Reason, Severity
from studio.evaluate.verdicts import GOOD, NOT_YET
from studio.events import Epoch, JudgedPart, Report, Split

REPORT_SEVERITIES: Mapping[str, Severity] = {GOOD: "good", NOT_YET: "bad"}
"""Severity of the verdicts of a report; that of all others is `caution`."""

THIRDS = ("low", "middle", "high")


def document(
    part: JudgedPart,
    train: NDArray[Any],
    train_mae: float | None,
    slices: Sequence[Slice],
    epochs: Sequence[Epoch] = (),
    later: Sequence[Epoch] = (),
) -> dict[str, Any]:
    """The document of predicted numbers, without the facts about the run that its caller adds.

    Args:
        part: True and predicted numbers.
        train: (M,) true numbers of the training photos, whose mean is the baseline.
        train_mae: Mean absolute error on the training photos; None where it is unknown, or where these are judged.
        slices: Slices of the photos, from `part_slices`.
        epochs: Epochs of the run up to the evaluated one.
        later: Its epochs after that.
    """
    truth, predicted = np.asarray(part.truth, np.float64), np.asarray(part.predicted, np.float64)
    report = regression.report(truth, predicted, train, train_mae, (*epochs, *later))
    errors = np.abs(np.nan_to_num(predicted - truth))
    reasons = _reasons(report, part.split, curves.of_curves(epochs, later))
    return {
        "metrics": {key: interval(one) for key, one in metrics(truth, predicted).items()}
        | {"baseline_mae": interval(of_mean(np.abs(truth - train.mean())))},
        "per_class": [],
        "confusion": None,
        "residuals": residuals(truth, predicted),
        "verdict": {
            "word": reasons[0].rule,
            "reasons": [
                {
                    "rule": reason.rule,
                    "severity": reason.severity,
                    "text": reason.text,
                    "photos": [],
                    "classes": [],
                    "evidence": reason.evidence,
                    "run": "",
                    "proposal": "",
                }
                for reason in reasons
            ],
        },
        "slices": slice_rows(part, slices),
        "probe": None,
        "calibration": None,
        "abstention": None,
        "threshold": None,
        "decision": None,
        "hardest": [
            {
                "path": part.paths[photo],
                "true": float(truth[photo]),
                "predicted": float(predicted[photo]),
                "error": float(errors[photo]),
            }
            for photo in np.argsort(-errors, kind="stable")[:MOST_PHOTOS]
        ],
        "label_errors": [],
        "label_errors_settled": [],
    }


def _reasons(report: Report, part: Split, of_curves: Sequence[Reason]) -> list[Reason]:
    """The reasons of the verdict, the most serious first.

    Args:
        report: Report on the predictions.
        part: The part that is judged.
        of_curves: Reasons that the curves of the run give.
    """
    curves = [reason for reason in of_curves if reason.rule != report.verdict]
    # A wrong learning rate explains a result that is not good.
    first = [reason for reason in curves if reason.severity == "bad" and report.verdict != GOOD]
    if part == "train":
        first.insert(0, Reason(splits.TRAINED_ON, "caution", splits.TRAINED_ON_TEXT))
    text = report.advice.replace("validation photo", PART_WORDS[part].removesuffix("s"))
    severity: Severity = REPORT_SEVERITIES.get(report.verdict, "caution")
    evidence: Evidence = "curves" if len(curves) < len(of_curves) else ""
    return [
        *first,
        Reason(report.verdict, severity, text, evidence=evidence),
        *(one for one in curves if one not in first),
    ]


def metrics(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> dict[str, Interval]:
    """Mean absolute error, RMSE and R², each with its interval."""
    count = len(truth)
    if not np.isfinite(predicted).all():
        unknown = Interval(float("nan"), float("nan"), float("nan"), count, "predictions are not numbers")
        return {"mae": unknown, "rmse": unknown, "r2": unknown}
    squares = of_mean(np.square(predicted - truth))
    rmse = replace(
        squares, value=squares.value**0.5, low=max(squares.low, 0.0) ** 0.5, high=max(squares.high, 0.0) ** 0.5
    )
    return {"mae": of_mean(np.abs(predicted - truth)), "rmse": rmse, "r2": r2(truth, predicted)}


def r2(truth: NDArray[np.float64], predicted: NDArray[np.float64], seed: int = 0) -> Interval:
    """Coefficient of determination with the studentized bootstrap of log(1 - R²).

    Its standard error is that of the delta method: each photo changes the logarithm of the error's share of the
    variance by its own share of the error minus its own share of the variance.
    """
    count = len(truth)
    whole = float(np.square(truth - truth.mean()).sum()) if count else 0.0
    rest = float(np.square(predicted - truth).sum())
    if whole == 0.0 or count < 2 or rest == 0.0:  # as in scikit-learn: without variance 1 if there is no error, else 0
        value = float(rest == 0.0) if count > 1 else 0.0
        return Interval(value, math.nan, math.nan, count, UNKNOWN)
    errors = predicted - truth

    def level(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        drawn = truth[rows]
        own, spread = np.square(errors[rows]), np.square(drawn - drawn.mean(axis=1, keepdims=True))
        mean, variance = own.mean(axis=1), np.maximum(spread.mean(axis=1), 1e-12 * whole / count)
        mean = np.maximum(mean, 1e-12 * rest / count)
        changes = own / mean[:, None] - spread / variance[:, None]
        return np.log(mean / variance), np.asarray(changes.std(axis=1) / math.sqrt(count))

    (own,), (deviation,) = level(np.arange(count)[None])
    ratios = []
    for rows in resamples(count, RESAMPLES, seed):
        values, deviations = level(rows)
        ratios.append((values - own) / np.maximum(deviations, 0.05 * deviation))
    lowest, highest = np.quantile(np.concatenate(ratios), (0.025, 0.975))
    ends = (own - lowest * deviation, own - highest * deviation)
    low, high = (1 - float(np.exp(min(end, 700.0))) for end in ends)
    return Interval(1 - rest / whole, low, high, count, STUDENTIZED)


def residuals(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Mean residual and mean absolute error of the photos with low, middle and high true numbers."""
    order = np.argsort(truth, kind="stable")
    rows = []
    for name, photos in zip(THIRDS, np.array_split(order, len(THIRDS)), strict=True):
        if len(photos):
            differences = np.nan_to_num(predicted[photos] - truth[photos])
            rows.append(
                {
                    "size": name,
                    "from": float(truth[photos].min()),
                    "to": float(truth[photos].max()),
                    "residual": interval(of_mean(differences)),
                    "mae": interval(of_mean(np.abs(differences))),
                }
            )
    return rows
