"""The facts that the rules of the verdict look at, and the reasons that they give."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.evaluate import verdicts
from studio.evaluate.compare import comparison
from studio.evaluate.epochs import curve_rules
from studio.evaluate.intervals import Interval, of_count
from studio.evaluate.probabilities.scores import ClassScores
from studio.events import Epoch

Severity = Literal["bad", "caution", "good"]

Evidence = Literal["", "curves", "probe", "pairs", "run"]
"""Kinds of evidence for a reason, besides photos and classes."""


@dataclass(frozen=True)
class ScratchRun:
    """A run from scratch on the same folder, compared with the judged one on the photos that both judged.

    Attributes:
        run: Its folder.
        name: Its name.
        better: Number of photos that only the judged run predicts correctly.
        worse: Number of photos that only the run from scratch predicts correctly.
        right: Number of photos that the run from scratch predicts correctly.
        photos: Number of photos that both judged.
    """

    run: str
    name: str
    better: int
    worse: int
    right: int
    photos: int


@dataclass(frozen=True)
class Facts:
    """Predictions of a run on one split, and facts about the run that the rules need.

    Attributes:
        labels: (N,) labels, N at least 1.
        predicted: (N,) predicted classes.
        classes: Scores of each class.
        loss: Mean cross-entropy; NaN where predictions are not numbers.
        photos: The photos in words: “validation photos”.
        train_accuracy: Accuracy on the training photos; None where it is unknown, or where these are those photos.
        epochs: Epochs of the run up to the judged one.
        later: Its epochs after that.
        all_frozen: True if only the head was trained.
        probe: Name and predictions (N,) of the best quick probe; None where there is none.
        leaked: Indices of the photos that have a copy among the training photos.
        scratch: A run from scratch on the same photos; None where there is none.
        test_judgments: Number of other runs and epochs judged on the same test photos.
        test_repeats: How often this run and epoch were judged on them before.
    """

    labels: NDArray[Any]
    predicted: NDArray[Any]
    classes: tuple[ClassScores, ...]
    loss: float
    photos: str = "validation photos"
    train_accuracy: float | None = None
    epochs: Sequence[Epoch] = ()
    all_frozen: bool = False
    probe: tuple[str, NDArray[Any]] | None = None
    leaked: Sequence[int] = ()
    scratch: ScratchRun | None = None
    test_judgments: int = 0
    later: Sequence[Epoch] = ()
    test_repeats: int = 0

    @property
    def all_epochs(self) -> tuple[Epoch, ...]:
        """All epochs of the run."""
        return (*self.epochs, *self.later)

    @functools.cached_property
    def right(self) -> NDArray[np.bool_]:
        """True for each photo (N,) that is predicted correctly."""
        return np.asarray(self.labels == self.predicted)

    @functools.cached_property
    def accuracy(self) -> Interval:
        """The accuracy."""
        return of_count(int(self.right.sum()), len(self.labels))

    @functools.cached_property
    def overfits(self) -> str:
        """The finding of a training accuracy far above the judged one, with what to do; "" without one."""
        if curve_rules.creeps(self.all_epochs):  # training has hardly begun, so more epochs would change this
            return ""
        fewer = curve_rules.still_falls(self.all_epochs) is None
        return self.of_part(verdicts.overfit(self.accuracy.value, self.train_accuracy, fewer, self.accuracy.high))

    @functools.cached_property
    def longer_helps(self) -> bool:
        """False where no reason may suggest training longer, because another one says that it would not help."""
        guessing = curve_rules.guessing_loss(len(self.classes))
        hurts = curve_rules.more_epochs_hurt(self.all_epochs, guessing)
        return not self.overfits and not hurts and not self.rises

    @functools.cached_property
    def rises(self) -> bool:
        """True where the validation loss was rising at the judged epoch, and did not fall to a new minimum later."""
        epochs = self.epochs
        return bool(epochs) and curve_rules.overfits(epochs) and curve_rules.still_falls(self.all_epochs) is None

    @functools.cached_property
    def against_probe(self) -> tuple[int, float]:
        """McNemar's test against the best quick probe.

        Returns:
            1 where the run is significantly better, -1 where it is significantly worse, else 0; and the p-value.
        """
        if self.probe is None:
            return 0, 1.0
        return comparison.side(*comparison.pairs(self.probe[1] == self.labels, self.right).counts[:2])

    @property
    def thawing_helps(self) -> bool:
        """False where no reason may suggest thawing layers: a quick probe, with all layers frozen, is as good."""
        side = self.against_probe[0]
        return self.probe is None or side > 0 or (side == 0 and self.all_frozen)

    @property
    def largest(self) -> int:
        """Index of the class with the most photos."""
        return int(np.argmax([one.support for one in self.classes]))

    def of_part(self, text: str) -> str:
        """A text of `verdicts`, which speaks of validation photos, with the name of these photos instead."""
        return text.replace("validation photo", self.photos.removesuffix("s"))

    def missed(self, label: int) -> tuple[int, ...]:
        """Indices of the photos of a class that are predicted as another."""
        return tuple(np.flatnonzero((self.labels == label) & ~self.right).tolist())


@dataclass(frozen=True)
class Reason:
    """One reason of a verdict.

    Attributes:
        rule: One to three words; that of the first reason is the verdict.
        severity: Whether it is good or bad news.
        text: The reason with its numbers, and what to do.
        photos: Indices of the photos that show it.
        classes: Indices of the classes that it is about.
        evidence: Further evidence: the curves, the probes, pairs of photos, another run; "" for none.
        run: Folder of the run that it compares with; "" for none.
        proposal: A change of the settings that would help; "" for none.
    """

    rule: str
    severity: Severity
    text: str
    photos: tuple[int, ...] = ()
    classes: tuple[int, ...] = ()
    evidence: Evidence = ""
    run: str = ""
    proposal: Literal["", "thaw_last_block"] = ""
