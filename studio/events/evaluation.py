"""Events and data of the evaluation: predictions, metrics, reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.events.split import Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
else:
    Counts = Any  # msgspec evaluates the annotations of a report, and importing numpy takes long


@dataclass(frozen=True)
class PredictedProbabilities:
    """Class probabilities of the validation photos after an epoch.

    Attributes:
        epoch: Number of the epoch, from 1.
        photos: (N,) indices into `dataset.photos` of the run's data set.
        probabilities: (N, K) float32, rows in the order of `photos`.
    """

    epoch: int
    photos: NDArray[np.int64]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class PredictedNumbers:
    """Predicted numbers of the validation photos after an epoch, in regression.

    Attributes:
        epoch: Number of the epoch, from 1.
        photos: (N,) indices into `dataset.photos` of the run's data set.
        numbers: (N,) float32, in the order of `photos`, in the unit of the targets.
    """

    epoch: int
    photos: NDArray[np.int64]
    numbers: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of one metric for a set of predictions.

    Attributes:
        key: Key of the metric in `studio.evaluate.metrics`.
        value: In the unit of the metric.
        interval: 95 % interval; None where there is none or it is unknown.
    """

    key: str
    value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall and F1 of one class.

    Attributes:
        name: Name of the class.
        images: Number of its validation photos.
        precision: Share of the photos predicted as this class that belong to it; 0 where none was predicted as it.
        recall: Share of the photos of this class that were predicted as it; 0 where it has none.
        f1: Harmonic mean of precision and recall.
        recall_interval: 95 % interval of the recall (Wilson).
    """

    name: str
    images: int
    precision: float
    recall: float
    f1: float
    recall_interval: tuple[float, float]


@dataclass(frozen=True)
class Report:
    """The evaluation of a set of predictions.

    Attributes:
        photos: Number of evaluated photos.
        figures: Values of the metrics, the main one first.
        verdict: "Good", "Fair", "Not yet" or a finding such as "Overfitting": one to three words.
        advice: The reason and what to do, in one or two sentences for the user.
        classes: Scores of each class, in label order; () in regression.
        confusion: (K, K) int64, rows true, columns predicted; None in regression.
        lowest: Lowest true number, in regression.
        highest: Highest true number, in regression.
    """

    photos: int
    figures: tuple[Figure, ...]
    verdict: str
    advice: str
    classes: tuple[ClassScore, ...] = ()
    confusion: Counts | None = None
    lowest: float = 0.0
    highest: float = 0.0

    @property
    def main(self) -> Figure:
        """The figure of the main metric."""
        return self.figures[0]

    def value(self, key: str) -> float:
        """The value of a metric.

        Raises:
            KeyError: The report does not have it.
        """
        return {figure.key: figure.value for figure in self.figures}[key]

    def interval(self, key: str) -> tuple[float, float] | None:
        """The 95 % interval of a metric; None where it has none."""
        return {figure.key: figure.interval for figure in self.figures}.get(key)


@dataclass(frozen=True)
class Evaluated:
    """The report on the predictions of an epoch.

    Attributes:
        epoch: Number of the epoch, from 1.
        report: The report.
        split: Split of the evaluated photos.
    """

    epoch: int
    report: Report
    split: Split = "val"


@dataclass(frozen=True)
class ImageSkipped:
    """A file or folder that was to be predicted but cannot be used.

    Attributes:
        path: As passed by the user; paths in a folder begin with the folder as passed.
        reason: The reason for the user.
        count: Number of files or folders of this kind.
        stray: True for a file in a folder that is not named like a photo.
    """

    path: str
    reason: str
    count: int = 1
    stray: bool = False


@dataclass(frozen=True)
class ImagePrediction:
    """The prediction for one image outside the data set.

    Attributes:
        path: As passed by the user.
        probabilities: Probability of each class of the run, in their order, with its temperature; () in regression.
        predicted: Name of the class that is answered: the most probable one, unless the run has thresholds; "" in
            regression.
        number: Predicted number in the unit of the targets; None in classification.
        epoch: Epoch of the weights; 0 where it is unknown.
        sure: False where the decision rule of the run leaves the photo without an answer.
        unlike: True where the photo is unlike all training photos; None where that is unknown.
        distance: Its distance to them as a multiple of the limit beyond which it is unlike; None where it is unknown.
    """

    path: str
    probabilities: tuple[float, ...]
    predicted: str
    number: float | None = None
    epoch: int = 0
    sure: bool = True
    unlike: bool | None = None
    distance: float | None = None
