"""Events of predictions on photos outside the data set: the trace of one, tables, sorted folders, photos to label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from studio.events.evaluation import ImagePrediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TraceName = Literal["photo", "tensor", "features", "scores", "probabilities", "number"]
"""A step from a photo to its prediction. In regression, `number` takes the place of the last two."""


@dataclass(frozen=True)
class TraceStep:
    """The values of one photo at one step of its prediction.

    Attributes:
        step: Name of the step.
        shape: Shape of all values: (H, W, 3) of the photo, (3, h, w) of the tensor, (D,), (K,) and (K,).
        low: Lowest value.
        high: Highest value.
        mean: Mean of the values.
        values: The values, float32; of the photo, a copy reduced for the screen, uint8.
    """

    step: TraceName
    shape: tuple[int, ...]
    low: float
    high: float
    mean: float
    values: NDArray[Any]


@dataclass(frozen=True)
class NearPhoto:
    """A training photo near a predicted one.

    Attributes:
        path: Absolute path at the time of the training.
        name: Name of its class; "" in regression.
        distance: Cosine distance of the features, 0…2; 0 for the same picture.
    """

    path: str
    name: str
    distance: float


@dataclass(frozen=True)
class PredictionTrace:
    """The steps from one photo to its prediction.

    Attributes:
        prediction: The same prediction as without a trace.
        steps: The steps in order.
        framed: (h, w, 3) uint8, the photo after resize and crop.
        crop: Part of the photo that the crop keeps: left, top, width and height as shares of its size; None where it
            keeps all.
        temperature: Number by which the scores are divided before the softmax; 1 for none.
        near: The nearest of the compared training photos, the nearest first.
        compared: Number of training photos that were compared: a sample of at most 2,000.
        near_note: Why there are none to compare; "" otherwise.
        distance: Mean cosine distance to the five nearest training photos; None where it is unknown.
        limit: Distance beyond which a photo is unlike the training photos; None where it is unknown.
    """

    prediction: ImagePrediction
    steps: tuple[TraceStep, ...]
    framed: NDArray[np.uint8]
    crop: tuple[float, float, float, float] | None
    temperature: float = 1.0
    near: tuple[NearPhoto, ...] = ()
    compared: int = 0
    near_note: str = ""
    distance: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class TableWritten:
    """Predictions of photos were written to a file.

    Attributes:
        path: The file, CSV or Parquet.
        rows: Number of its rows, one for each photo.
        before: Number of rows that it already had, which were not computed again.
        without: Number of new rows that have a reason in place of a prediction.
    """

    path: str
    rows: int
    before: int
    without: int


@dataclass(frozen=True)
class PhotosSorted:
    """Photos were sorted into folders by their predicted class.

    Attributes:
        folder: The folder with a folder for each class.
        counts: Number of newly sorted photos in each folder, by its name.
        links: True where they are links, False for copies.
        before: Number of photos that were sorted before, which stay where they are.
        failed: Photos that could not be linked or copied, each with the reason.
        listing: File that lists all links or copies, each with its photo.
    """

    folder: str
    counts: tuple[tuple[str, int], ...]
    links: bool
    before: int
    failed: tuple[tuple[str, str], ...]
    listing: str


@dataclass(frozen=True)
class SortingUndone:
    """The links and copies of sorted photos were removed from a folder.

    Attributes:
        folder: The folder.
        removed: Number of links and copies that are gone.
        left: Files that stay, each with the reason.
        waiting: Number of files that were not looked at, after a stop.
    """

    folder: str
    removed: int
    left: tuple[tuple[str, str], ...]
    waiting: int = 0


@dataclass(frozen=True)
class PhotoToLabel:
    """A photo that is worth a label.

    Attributes:
        path: Its path.
        doubt: How doubtful its prediction is, 0…1.
        why: The reason in words.
        predicted: Name of the predicted class; "" in regression.
    """

    path: str
    doubt: float
    why: str
    predicted: str


@dataclass(frozen=True)
class PhotosToLabel:
    """Which photos to label next.

    Attributes:
        photos: In the order of the choice.
        predicted: Number of photos that were predicted.
        doubtful: Number of the most doubtful ones, among which the choice was made.
        duplicates: Number of doubtful photos that were left out, because they are photos of the run's data set or show
            the same as a training photo.
    """

    photos: tuple[PhotoToLabel, ...]
    predicted: int
    doubtful: int
    duplicates: int


@dataclass(frozen=True)
class CameraFrame:
    """A frame from a camera, and its prediction.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        prediction: Its prediction, whose path is the name of the camera.
    """

    pixels: NDArray[np.uint8]
    prediction: ImagePrediction
