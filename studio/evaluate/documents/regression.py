"""The document of `thaw evaluate --json` for predicted numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import regression
from studio.evaluate.documents.evaluation import MOST_PHOTOS, interval, slice_rows
from studio.evaluate.intervals import Interval, of_mean, of_statistic
from studio.events import JudgedPart

THIRDS = ("low", "middle", "high")


def document(
    part: JudgedPart, train: NDArray[Any], train_mae: float | None, values: Mapping[str, NDArray[np.float64]]
) -> dict[str, Any]:
    """The document of predicted numbers, without the facts on the run that its caller adds.

    Args:
        part: True and predicted numbers.
        train: (M,) true numbers of the training photos, whose mean is the baseline.
        train_mae: Mean absolute error on the training photos; None where it is unknown, or where these are those.
        values: Numbers of the photos (N,) by which they are sliced, by name.
    """
    truth, predicted = np.asarray(part.truth, np.float64), np.asarray(part.predicted, np.float64)
    report = regression.report(truth, predicted, train, train_mae)
    errors = np.abs(np.nan_to_num(predicted - truth))
    return {
        "metrics": {key: interval(one) for key, one in metrics(truth, predicted).items()}
        | {"baseline_mae": interval(of_mean(np.abs(truth - train.mean())))},
        "per_class": [],
        "confusion": None,
        "residuals": residuals(truth, predicted),
        "verdict": {
            "word": report.verdict,
            "reasons": [
                {"rule": report.verdict, "severity": "", "text": report.advice, "photos": [], "classes": []},
            ],
        },
        "slices": slice_rows(part.paths, values, errors, numbers=True),
        "probe": None,
        "calibration": None,
        "threshold": None,
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
    }


def metrics(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> dict[str, Interval]:
    """Mean absolute error, RMSE and R², each with its interval."""
    squares, count = np.square(predicted - truth), len(truth)
    if not np.isfinite(predicted).all():
        unknown = Interval(float("nan"), float("nan"), float("nan"), count, "predictions are not numbers")
        return {"mae": unknown, "rmse": unknown, "r2": unknown}

    def rmse(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(squares[rows].mean(axis=1)))

    def r2(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        drawn = truth[rows]
        whole = np.square(drawn - drawn.mean(axis=1, keepdims=True)).sum(axis=1)
        rest = squares[rows].sum(axis=1)
        # As in scikit-learn: without variance 1 if there is no error, else 0.
        return np.asarray(np.where(whole > 0, 1 - rest / np.where(whole > 0, whole, 1), (rest == 0).astype(float)))

    values = {"mae": of_mean(np.abs(predicted - truth))}
    if count < 2:
        unknown = of_mean(np.sqrt(squares))
        return values | {"rmse": unknown, "r2": Interval(0.0, float("nan"), float("nan"), count, unknown.method)}
    return values | {"rmse": of_statistic(rmse, count), "r2": of_statistic(r2, count)}


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
