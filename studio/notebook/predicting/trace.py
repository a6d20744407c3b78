"""The steps from a photo to its prediction."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.commands import results
from studio.events import ImageSkipped, NearPhoto, PredictionTrace, TraceStep
from studio.events.runs import WeightsChoice
from studio.formatting.numbers import figures, shape
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.predictions import Prediction, check_epoch, prediction_of
from studio.notebook.tables import Described, Description
from studio.spec import UserError
from studio.system import paths


class Trace(Described):
    """The steps from one photo to its prediction; `trace["features"]` are the values of a step.

    Attributes:
        prediction: The prediction.
        steps: Each step with `step`, `shape`, `low`, `high`, `mean` and `values`: photo, tensor, features, scores,
            probabilities; in regression photo, tensor, features, number.
        framed: (h, w, 3) uint8, the photo after resize and crop.
        crop: Left, top, width and height of the part that the crop keeps, as shares; None if it keeps all.
        near: The nearest training photos with `path`, `name` of the class and cosine `distance`.
        distance: Mean distance to the five nearest; None if it is unknown.
        limit: Distance beyond which a photo is unlike the training photos; None if it is unknown.
    """

    def __init__(self, event: PredictionTrace, prediction: Prediction) -> None:
        self.prediction = prediction
        self.steps: tuple[TraceStep, ...] = event.steps
        self.framed: NDArray[np.uint8] = event.framed
        self.crop = event.crop
        self.near: tuple[NearPhoto, ...] = event.near
        self.distance = event.distance
        self.limit = event.limit
        self._note = event.near_note

    def __getitem__(self, step: str) -> NDArray[Any]:
        for one in self.steps:
            if one.step == step:
                return one.values
        raise KeyError(f"no step {step!r}: {', '.join(one.step for one in self.steps)}")

    def _describe(self) -> Description:
        one = self.prediction
        answer = figures(one.number, 5) if one.number is not None else f"{one.answer} ({one.confidence:.3f})"
        rows = [["step", "shape", "lowest", "highest", "mean"]]
        rows += [[step.step, shape(step.shape), *map(figures, (step.low, step.high, step.mean))] for step in self.steps]
        near = ", ".join(f"{photo.path} ({photo.distance:.3f})" for photo in self.near[:3])
        notes = [f"Nearest training photos: {near}" if near else f"No nearest training photos: {self._note}."]
        if self.distance is not None and self.limit is not None:
            notes.append(f"Distance to the training photos: {figures(self.distance)}, limit {figures(self.limit)}")
        return Description((f"{one.path}: {answer}",), rows, frozenset({2, 3, 4}), tuple(notes))


def trace(
    source: PathLike,
    image: PathLike,
    *,
    epoch: WeightsChoice | None = None,
    device: str = "auto",
    progress: ProgressChoice = True,
) -> Trace:
    """The steps from a photo to its prediction, with the values at each.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        image: The photo.
        epoch: "best" or "last" of a run; None for its result.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no run or head at `source`, its backbone's weights are missing, or the photo cannot be read.
        KeyboardInterrupt: It was stopped.
    """
    check_epoch(epoch)
    place, photo = paths.expanded(Path(source)), str(paths.expanded(os.fspath(image)))
    if Path(photo).is_dir():
        raise UserError(f"{photo} is a folder.", "Give one photo; studio.predict takes folders.", photo)
    events = run_job(results.predict(place, [photo], device, epoch, with_trace=True), progress)
    for event in events:
        if isinstance(event, ImageSkipped):
            raise UserError(f"No prediction for {event.path}: {event.reason}.", "Choose another photo.", event.path)
    found = next(event for event in events if isinstance(event, PredictionTrace))
    return Trace(found, prediction_of(found.prediction, place))
