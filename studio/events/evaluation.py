"""What a network says of photos, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.events.dataset import Split


@dataclass(frozen=True)
class Predicted:
    """Predictions on the validation photos after an epoch.

    Attributes:
        epoch: From 1.
        photos: Indices into `dataset.photos` of the run's data set.
        probabilities: (N, K) float32, rows in the order of `photos`.
    """

    epoch: int
    photos: NDArray[np.int64]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class PredictedNumbers:
    """Predicted numbers of the validation photos after an epoch, where a number is learned.

    Attributes:
        epoch: From 1.
        photos: Indices into `dataset.photos` of the run's data set.
        numbers: (N,) float32, in the order of `photos`, in the unit of the targets.
    """

    epoch: int
    photos: NDArray[np.int64]
    numbers: NDArray[np.float32]


@dataclass(frozen=True)
class ClassScore:
    """How well one class is found. Intervals are Wilson's, 95 %.

    Attributes:
        name: Class.
        images: Validation photos of it.
        precision: Share right among those predicted as it; 0 where none was predicted.
        recall: Share found among those that are it; 0 where there is none.
        f1: Harmonic mean of the two.
        recall_interval: Low and high end.
    """

    name: str
    images: int
    precision: float
    recall: float
    f1: float
    recall_interval: tuple[float, float]


@dataclass(frozen=True)
class Report:
    """The judgment on a set of predictions.

    Attributes:
        accuracy: 0…1.
        interval: Wilson's 95 % interval of the accuracy.
        macro_f1: Mean F1 over classes.
        loss: Mean cross-entropy.
        calibration_error: Expected calibration error over 10 bins of confidence, 0…1.
        confusion: (K, K) int64, rows true, columns predicted.
        classes: One score a class, in label order.
        verdict: "Healthy", "Look closer" or "Not yet": one to three words.
        advice: Why, in one or two sentences for people.
    """

    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    loss: float
    calibration_error: float
    confusion: NDArray[np.int64]
    classes: tuple[ClassScore, ...]
    verdict: str
    advice: str


@dataclass(frozen=True)
class NumberReport:
    """The judgment on predicted numbers; errors in the unit of the targets.

    Attributes:
        photos: How many were judged.
        mae: Mean absolute error.
        mae_interval: Its 95 % bootstrap interval.
        rmse: Root of the mean squared error.
        r2: Coefficient of determination: 1 is perfect, 0 is no better than always saying the mean.
        baseline_mae: Mean absolute error of always saying the mean of the training photos.
        lowest: Lowest true number.
        highest: Highest true number.
        verdict: One to three words.
        advice: Why, in one or two sentences for people.
    """

    photos: int
    mae: float
    mae_interval: tuple[float, float]
    rmse: float
    r2: float
    baseline_mae: float
    lowest: float
    highest: float
    verdict: str
    advice: str


@dataclass(frozen=True)
class Judged:
    """The report on the predictions of an epoch.

    Attributes:
        split: Of the photos that were judged.
    """

    epoch: int
    report: Report
    split: Split = "val"


@dataclass(frozen=True)
class JudgedNumbers:
    """The report on the predicted numbers of an epoch, likewise."""

    epoch: int
    report: NumberReport
    split: Split = "val"


@dataclass(frozen=True)
class ImageSkipped:
    """Something given for prediction that gives none.

    Attributes:
        path: As given; what lies in a given folder begins with the folder as given.
        reason: Why, in words for the user.
        count: How many files or folders this stands for.
        stray: True for what lies in a given folder and is no photo by its name.
    """

    path: str
    reason: str
    count: int = 1
    stray: bool = False


@dataclass(frozen=True)
class ImagePrediction:
    """Class probabilities, or the number, of one image outside the data set.

    Attributes:
        path: As given.
        probabilities: One a class, in the order of the run's classes; () where a number was learned.
        predicted: Name of the likeliest class; "" where a number was learned.
        number: In the unit of the targets; None where classes were learned.
        epoch: Whose weights predicted; 0 where it is not known.
    """

    path: str
    probabilities: tuple[float, ...]
    predicted: str
    number: float | None = None
    epoch: int = 0
