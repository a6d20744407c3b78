"""The predictions that the Evaluate page shows, and their evaluation."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.evaluate.probabilities import decisions, scores
from studio.evaluate.probabilities.decisions import Answers
from studio.events import Dataset, JudgedPart, PredictedNumbers, PredictedProbabilities, Split
from studio.formatting.language import tr
from studio.session.part_words import BEFORE_PHOTOS
from studio.spec.decision import PLAIN, DecisionRule


def finite(predicted: NDArray[Any]) -> NDArray[Any]:
    """Probabilities (N, K) with 0 in place of NaN and −∞, and 1 in place of ∞."""
    return predicted if np.isfinite(predicted).all() else np.nan_to_num(predicted, posinf=1.0, neginf=0.0)


class _LastShares:
    """Cache of the last probabilities with a temperature, for a user who moves a threshold: they take time."""

    def __init__(self) -> None:
        self._last: tuple[JudgedPart, float, NDArray[Any]] | None = None

    def of(self, judged: JudgedPart, rule: DecisionRule) -> NDArray[Any]:
        """Probabilities (N, K) with the temperature of a rule; values that are not finite are replaced."""
        last = self._last
        if last is None or last[0] is not judged or last[1] != rule.temperature:
            shares = decisions.with_temperature(finite(judged.predicted), rule)
            last = self._last = (judged, rule.temperature, shares)
        return last[2]


_SHARES = _LastShares()


@dataclass(frozen=True, eq=False)
class PartResults:
    """Predictions of a run on one part with their labels, and their evaluation.

    Attributes:
        run: Id of the run.
        classes: Names of the classes, in the order of the labels; in regression the name of the target.
        target: Name of the regression target; "" for classes.
        judged: The predictions.
        document: The document of `thaw evaluate --json`; empty until it is computed.
        slice_photos: Indices of the photos of each slice in the part.
        rule: The decision rule by which probabilities become answers.
    """

    run: str
    classes: tuple[str, ...]
    target: str
    judged: JudgedPart
    document: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    slice_photos: tuple[tuple[int, ...], ...] = ()
    rule: DecisionRule = PLAIN

    @functools.cached_property
    def answers(self) -> Answers:
        """The answers by the rule; empty in regression."""
        if self.target or not len(self.judged.truth):
            return Answers(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros((0, len(self.classes))))
        return decisions.of_scaled(_SHARES.of(self.judged, self.rule), self.rule, self.classes)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Predicted class of each photo (N,); empty in regression."""
        return self.answers.labels

    @property
    def sure(self) -> NDArray[np.bool_]:
        """False for each photo (N,) that the rule does not answer; empty in regression."""
        return self.answers.sure

    @functools.cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the predicted class of each photo (N,); empty in regression."""
        rows = np.arange(len(self.predicted))
        return np.asarray(self.answers.probabilities[rows, self.predicted], np.float64)

    @functools.cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """True for each photo (N,) that is answered wrongly; empty in regression."""
        return np.asarray((self.predicted != self.judged.truth[: len(self.predicted)]) & self.sure)

    @functools.cached_property
    def counts(self) -> NDArray[np.int64]:
        """The confusion matrix (K, K) of the answered photos, rows true, columns predicted."""
        truth = self.judged.truth[: len(self.predicted)]
        return scores.confusion(truth[self.sure], self.predicted[self.sure], len(self.classes))

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

    def relative(self, path: str) -> str:
        """The path of a photo in its data set, from its absolute path."""
        return os.path.relpath(path, self.judged.folder).replace(os.sep, "/")

    @property
    def photos_words(self) -> str:
        """The photos in words: “validation photos”."""
        return tr("{part_words} photos").format(part_words=BEFORE_PHOTOS[self.judged.split])


def of_events(
    run: str, dataset: Dataset, predicted: PredictedProbabilities | PredictedNumbers, split: Split = "val"
) -> PartResults:
    """The results that the events of a run describe."""
    # The loops are C's: with 12,500 photos, those of Python take 10 ms of the window's time.
    photos = list(map(dataset.photos.__getitem__, predicted.photos.tolist()))
    truth: NDArray[Any]
    if isinstance(predicted, PredictedNumbers):
        truth, values = np.array(list(map(attrgetter("target"), photos)), np.float64), predicted.numbers
    else:
        truth, values = np.array(list(map(attrgetter("label"), photos)), np.int64), predicted.probabilities
    judged = JudgedPart(
        split,
        predicted.epoch,
        dataset.folder,
        tuple(map(attrgetter("path"), photos)),
        ("",) * len(photos),
        truth,
        values,
    )
    return PartResults(run, dataset.classes, dataset.target, judged)
