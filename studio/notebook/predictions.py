"""Predictions on photos, from a run or an exported head."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload

from studio.commands import results
from studio.commands.predictions import model_identity
from studio.events import ImagePrediction, ImageSkipped
from studio.events.runs import WeightsChoice
from studio.formatting.numbers import figures
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.tables import Described, Description
from studio.spec import UserError
from studio.system import paths


@dataclass(frozen=True)
class Prediction:
    """The prediction for one photo.

    Attributes:
        path: Path of the photo as passed; for validation photos relative to the folder of the data set.
        label: Name of the class that is answered: the most probable one, unless the run has thresholds; "" for
            regression.
        probabilities: Probability of each class, the highest first; empty for regression.
        number: Predicted number in the unit of the targets; None for classification.
        truth: True class or number of a validation photo; None if unknown.
        sure: False if the thresholds of the run leave the photo without an answer.
        unlike: True if the photo is unlike all training photos; None if that is unknown.
    """

    path: str
    label: str
    probabilities: dict[str, float] = field(default_factory=dict)
    number: float | None = None
    truth: str | float | None = None
    sure: bool = True
    unlike: bool | None = None

    @property
    def confidence(self) -> float:
        """Probability of the most probable class, 0…1; 0 for regression."""
        return max(self.probabilities.values(), default=0.0)

    @property
    def answer(self) -> str:
        """The class, with “?” if the model is not sure, and “(unlike)” if the photo is unlike the training photos."""
        return f"{self.label}{'' if self.sure else '?'}{' (unlike)' if self.unlike else ''}"

    @property
    def correct(self) -> bool | None:
        """True if the predicted class is the true one; None if that is unknown, and for regression."""
        return self.label == self.truth if isinstance(self.truth, str) else None


class Predictions(Described, Sequence[Prediction]):
    """Predictions in the order of the photos.

    Attributes:
        skipped: Files and folders without a prediction: `path`, `reason`, `count`, and `stray`: True for a file
            of a folder that is not a photo.
        epoch: Epoch of the weights; 0 if unknown.
    """

    def __init__(self, rows: Sequence[Prediction], skipped: Sequence[ImageSkipped] = (), epoch: int = 0) -> None:
        self.skipped = tuple(skipped)
        self.epoch = epoch
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, place: int) -> Prediction: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Prediction]: ...
    def __getitem__(self, place: int | slice) -> Prediction | Sequence[Prediction]:
        return self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def _describe(self) -> Description:
        numbers = any(row.number is not None for row in self)
        truths = any(row.truth is not None for row in self)
        rows = [["photo", "number"] if numbers else ["photo", "class", "probability"]]
        rows[0] += ["truth"] if truths else []
        for row in self:
            prediction = [figures(row.number or 0.0, 5)] if numbers else [row.answer, f"{row.confidence:.3f}"]
            truth = figures(row.truth, 5) if isinstance(row.truth, float) else str(row.truth)
            rows.append([row.path, *prediction, *([truth] if truths else [])])
        failed = [skipped for skipped in self.skipped if not skipped.stray]
        notes = []
        if failed:
            notes = [f"No prediction: {len(failed):,}, the first {failed[0].path}: {failed[0].reason} (.skipped)"]
        epoch = f", weights of epoch {self.epoch}" if self.epoch else ""
        heading = f"{len(self):,} prediction{'' if len(self) == 1 else 's'}{epoch}"
        return Description((heading,), rows, frozenset({1} if numbers else {2}), tuple(notes))


def predict(
    source: PathLike,
    images: PathLike | Iterable[PathLike],
    *,
    epoch: WeightsChoice | None = None,
    device: str = "auto",
    progress: ProgressChoice = True,
) -> Predictions:
    """Classes and probabilities (or numbers) of photos.

    Args:
        source: Folder of a run, an exported head with its card beside it, or the file of a whole model.
        images: A photo, a folder (all photos in it), or several of them.
        epoch: "best" or "last" of a run; None for its result.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Returns:
        One prediction per photo; photos that could not be read are in `skipped`, with the reason.

    Raises:
        UserError: There is no run or head at `source`, its backbone's weights are missing, or no photo could be read.
        KeyboardInterrupt: It was stopped.
    """
    check_epoch(epoch)
    place = paths.expanded(Path(source))
    sources = [os.fspath(images)] if isinstance(images, str | os.PathLike) else [os.fspath(image) for image in images]
    events = run_job(results.predict(place, [str(paths.expanded(image)) for image in sources], device, epoch), progress)
    skipped = [event for event in events if isinstance(event, ImageSkipped)]
    predictions = [event for event in events if isinstance(event, ImagePrediction)]
    if skipped and not predictions:
        first = skipped[0]
        raise UserError(f"No prediction for {first.path}: {first.reason}.", "Check it, or leave it out.", first.path)
    if not predictions:
        return Predictions(())
    names = _names(place)
    return Predictions([_prediction(one, names) for one in predictions], skipped, predictions[0].epoch)


def prediction_of(event: ImagePrediction, source: Path) -> Prediction:
    """One prediction of a run or an exported head."""
    return _prediction(event, _names(source))


def _names(source: Path) -> tuple[str, ...]:
    """The classes of a run or an exported file; () in regression."""
    about = model_identity.about(source)
    return () if about.target else about.classes


def _prediction(one: ImagePrediction, names: Sequence[str]) -> Prediction:
    shares = ranked(names, one.probabilities)
    return Prediction(one.path, one.predicted, shares, one.number, sure=one.sure, unlike=one.unlike)


def check_epoch(epoch: str | None) -> None:
    """Check the name of an epoch.

    Raises:
        UserError: It is neither “best” nor “last” nor None.
    """
    if epoch not in ("best", "last", None):
        raise UserError(f"epoch cannot be {epoch!r}.", 'Use "best" or "last"; None for the result of the run.')


def ranked(classes: Sequence[str], probabilities: Sequence[float]) -> dict[str, float]:
    """Probabilities by class, the highest first."""
    pairs = zip(classes, map(float, probabilities), strict=True)
    return dict(sorted(pairs, key=lambda pair: -pair[1]))
