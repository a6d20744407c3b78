"""The predictions that the Evaluate page shows, and their evaluation."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.events import Dataset, JudgedPart, PredictedNumbers, PredictedProbabilities, Split

PART_WORDS: Mapping[Split, str] = MappingProxyType({"train": "training", "val": "validation", "test": "test"})
"""Adjective of each part: “validation photos”."""


@dataclass(frozen=True, eq=False)
class PartResults:
    """Predictions of a run on one part with their labels, and their evaluation.

    Attributes:
        run: Id of the run.
        classes: Names of the classes, in the order of the labels; in regression the name of the target.
        target: Name of the regression target; "" for classes.
        judged: The predictions.
        document: The document of `thaw evaluate --json`; empty until it is computed.
    """

    run: str
    classes: tuple[str, ...]
    target: str
    judged: JudgedPart
    document: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @functools.cached_property
    def predicted(self) -> NDArray[np.int64]:
        """Predicted class of each photo (N,); empty in regression."""
        if self.target or not len(self.judged.truth):
            return np.zeros(0, np.int64)
        return np.asarray(np.nan_to_num(self.judged.predicted).argmax(axis=1), np.int64)

    @functools.cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the predicted class of each photo (N,); empty in regression."""
        rows = np.arange(len(self.predicted))
        return self.judged.predicted[rows, self.predicted].astype(np.float64)

    @functools.cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """True for each photo (N,) that is predicted wrongly; empty in regression."""
        return np.asarray(self.predicted != self.judged.truth[: len(self.predicted)])

    @functools.cached_property
    def errors(self) -> NDArray[np.float64]:
        """Predicted minus true number of each photo (N,); empty for classes."""
        if not self.target:
            return np.zeros(0)
        return np.asarray(self.judged.predicted.astype(np.float64) - self.judged.truth)

    @functools.cached_property
    def row_of(self) -> Mapping[str, int]:
        """Row of each photo by its path."""
        return {path: row for row, path in enumerate(self.judged.paths)}

    @property
    def photos_words(self) -> str:
        """The photos in words: “validation photos”."""
        return f"{PART_WORDS[self.judged.split]} photos"


def of_events(
    run: str, dataset: Dataset, predicted: PredictedProbabilities | PredictedNumbers, split: Split = "val"
) -> PartResults:
    """The results that the events of a training describe."""
    photos = [dataset.photos[place] for place in predicted.photos.tolist()]
    truth: NDArray[Any]
    if isinstance(predicted, PredictedNumbers):
        truth, values = np.array([photo.target for photo in photos], np.float64), predicted.numbers
    else:
        truth, values = np.array([photo.label for photo in photos], np.int64), predicted.probabilities
    judged = JudgedPart(
        split,
        predicted.epoch,
        dataset.folder,
        tuple(photo.path for photo in photos),
        ("",) * len(photos),
        truth,
        values,
    )
    return PartResults(run, dataset.classes, dataset.target, judged)
