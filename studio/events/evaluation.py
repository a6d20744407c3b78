"""Predictions of a network, and the judgment on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.events.dataset import Split


@dataclass(frozen=True)
class PredictedProbabilities:
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


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of some predictions.

    Attributes:
        key: Of its row in `studio.evaluate.metrics`.
        value: In the row's unit.
        interval: Its 95 % interval; None where there is none or it is not known.
    """

    key: str
    value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class. Intervals are Wilson's, 95 %.

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
        photos: How many were judged.
        figures: Metrics, the main one first.
        verdict: "Healthy", "Not yet" or a finding such as "Overfitting": one to three words.
        advice: Why, in one or two sentences for people.
        classes: One score a class, in label order; () where a number is learned.
        confusion: (K, K) int64, rows true, columns predicted; None where a number is learned.
        lowest: Lowest true number, where a number is learned.
        highest: Highest true number.
    """

    photos: int
    figures: tuple[Figure, ...]
    verdict: str
    advice: str
    classes: tuple[ClassScore, ...] = ()
    confusion: NDArray[np.int64] | None = None
    lowest: float = 0.0
    highest: float = 0.0

    @property
    def main(self) -> Figure:
        """The metric that a run is judged by."""
        return self.figures[0]

    def value(self, key: str) -> float:
        """A figure by its key.

        Raises:
            KeyError: The report does not have it.
        """
        return {figure.key: figure.value for figure in self.figures}[key]

    def interval(self, key: str) -> tuple[float, float] | None:
        """The 95 % interval of a figure; None where it has none."""
        return {figure.key: figure.interval for figure in self.figures}.get(key)


@dataclass(frozen=True)
class Evaluated:
    """The report on the predictions of an epoch.

    Attributes:
        split: Of the photos that were judged.
    """

    epoch: int
    report: Report
    split: Split = "val"


@dataclass(frozen=True)
class ImageSkipped:
    """A file or folder given for prediction that could not be used.

    Attributes:
        path: As given; what lies in a given folder begins with the folder as given.
        reason: Why, in words for the user.
        count: How many files or folders there are of this kind.
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
