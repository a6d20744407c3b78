"""Predictions of a run on one split with their labels, and the documents made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.events.photos.dataset import ValueRanges
from studio.events.runs import WeightsChoice
from studio.events.split import Split
from studio.events.training import Epoch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class JudgedPart:
    """Predictions of a run on the photos of one split, with their labels.

    Attributes:
        split: The split.
        epoch: Epoch of the weights; 0 if it is unknown.
        folder: Folder of the photos.
        paths: Path of each photo, relative to the folder.
        contents: Hash of each photo's content; "" where it is unknown.
        truth: (N,) labels (int64), or true numbers (float64) in regression.
        predicted: (N, K) class probabilities, or (N,) predicted numbers in regression.
    """

    split: Split
    epoch: int
    folder: str
    paths: tuple[str, ...]
    contents: tuple[str, ...]
    truth: NDArray[Any]
    predicted: NDArray[np.float32]


@dataclass(frozen=True)
class PartPredicted:
    """The predictions that an evaluation is computed from, sent before it.

    Attributes:
        run: Folder of the run.
        weights: Which weights predicted: those of the best or of the last epoch.
        classes: Names of the classes, in the order of the labels.
        target: Name of the regression target; "" for classes.
        judged: The predictions.
    """

    run: str
    weights: WeightsChoice
    classes: tuple[str, ...]
    target: str
    judged: JudgedPart


@dataclass(frozen=True)
class RunEvaluated:
    """The evaluation of a run on one split; its document is that of `thaw evaluate --json`.

    Attributes:
        document: The document.
        weights: Which weights predicted: those of the best or of the last epoch.
        slice_photos: For each row of its slices, indices of the photos in the part; the document names some of them.
    """

    document: Mapping[str, Any]
    weights: WeightsChoice = "last"
    slice_photos: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class ComparedPhotos:
    """The photos that two runs A and B judged, with both predictions.

    Attributes:
        folder: Folder of the photos.
        paths: Path of each photo, relative to the folder.
        classes: Names of all classes of both runs; () in regression.
        truth: (N,) labels in `classes`, or true numbers.
        predicted: (N,) predicted labels in `classes`, or predicted numbers, of A and of B.
        confidence: (N,) probability of the predicted class in A and in B; None in regression.
        groups: Indices of the photos that are “fixed”, “broken”, “both_wrong” and “both_right”, most changed first. In
            regression the error of B is smaller for “fixed” ones and larger for “broken” ones.
    """

    folder: str
    paths: tuple[str, ...]
    classes: tuple[str, ...]
    truth: NDArray[Any]
    predicted: tuple[NDArray[Any], NDArray[Any]]
    confidence: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    groups: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class RunsCompared:
    """The comparison of two runs; its document is that of `thaw compare --json`.

    Attributes:
        document: The document.
        photos: The photos that both judged.
        epochs: Epochs of the weights of A and of B.
        ranges: Value ranges with which photos of more than 8 bits are read.
    """

    document: Mapping[str, Any]
    photos: ComparedPhotos
    epochs: tuple[tuple[Epoch, ...], tuple[Epoch, ...]] = ((), ())
    ranges: ValueRanges = field(default_factory=ValueRanges)
