"""The facts that the rules of the verdict judge, and the reasons that they give."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

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
    """Predictions of a run on one split, and facts on the run that the rules need.

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
        leaked: Indices of the photos of which a copy is among the training photos.
        scratch: A run from scratch on the same photos; None where there is none.
        test_judgments: Number of other runs and epochs judged on the same test photos.
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

    @property
    def largest(self) -> int:
        """Index of the class with the most photos."""
        return int(np.argmax([one.support for one in self.classes]))

    def of_part(self, text: str) -> str:
        """A text of `verdicts`, which is on validation photos, about these photos."""
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
