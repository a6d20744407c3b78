"""The steps from one photo to its prediction, with the values at each, computed as the prediction itself is."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.data.bit_depth.reading import ConvertedPhoto, Reading
from studio.data.formats import pixel_budget
from studio.data.images import decode, framing
from studio.data.images.preprocess import frame, normalize
from studio.engine.device import memory
from studio.engine.predict import head_arrays, novelty_file, predict, range_warnings
from studio.engine.predict.novelty_file import Novelty
from studio.engine.predict.predictor import Predictor
from studio.evaluate import novelty as distances
from studio.events import Event, Events, ImageSkipped, NearPhoto, PredictionTrace, TraceStep, Warned
from studio.events.runs import WeightsChoice
from studio.events.use.predictions import TraceName
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, never
from studio.jobs.workers import run_one
from studio.runs import decision_file
from studio.runs import folder as runs
from studio.runs.files import photos_file
from studio.spec import PreprocessSpec
from studio.spec.decision import DecisionRule

NEAREST = 6
"""Number of nearest training photos in a trace."""

SCREEN = 1024
"""Longer side of the photo in a trace, in pixels."""


def trace(
    source: Path,
    images: Sequence[str],
    device: str = "auto",
    stop: Stop = never,
    which: WeightsChoice | None = None,
) -> Events:
    """Predict photos one by one and show the steps of each.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        images: Paths of photos.
        device: Device to compute on.
        stop: Checked before each photo.
        which: The last or the best epoch of a run; None for its result, and for an exported head.

    Yields:
        `PredictionTrace` for each readable photo in the order of `images`, `ImageSkipped` for the others.
    """
    rule = decision_file.of_source(source) or DecisionRule()
    notes: list[Warned] = []
    model = yield from predict.load(source, device, stop, which, notes)
    near = _TrainingPhotos(source, novelty_file.of_source(source, which, model.head))
    pace = Pace("predict", len(images))
    with closing(model.runtime):
        yield from predict.announce(model, rule)
        for number, path in enumerate(images, 1):
            if stop():
                raise Interrupted
            yield from _one(model, rule, near, path)
            if (progress := pace.at(number)) is not None:
                yield progress
    yield pace.end(len(images))
    yield from notes


@dataclass(frozen=True)
class _Read:
    """A photo before the network.

    Attributes:
        step: The photo as decoded.
        framed: (h, w, 3) uint8.
        crop: See `PredictionTrace`.
        warnings: Warnings about its value range.
    """

    step: TraceStep
    framed: NDArray[np.uint8]
    crop: tuple[float, float, float, float] | None
    warnings: tuple[Warned, ...]


def _one(model: Predictor, rule: DecisionRule, near: _TrainingPhotos, path: str) -> Iterator[Event]:
    """Events of one photo."""
    try:
        photo = yield from run_one(functools.partial(_read, spec=model.preprocess, reading=model.reading), path)
    except decode.Unreadable as error:
        yield ImageSkipped(path, error.reason)
        return
    with memory.must_fit(memory.SINGLE_PHOTO):
        ready = {**model.runtime.put(b"photo", photo.framed), **model.runtime.finish()}
    row = ready[b"photo"]
    prediction = predict.answer(model, rule, near.novelty, path, row)
    yield from photo.warnings
    if isinstance(prediction, ImageSkipped):
        yield prediction
        return
    scores = head_arrays.scores(model.head, row)
    tensor = normalize(photo.framed[None], model.preprocess)[0]
    steps = [photo.step, _step("tensor", tensor), _step("features", row)]
    if model.target:
        steps.append(_step("number", scores))
    else:
        steps += [_step("scores", scores), _step("probabilities", np.array(prediction.probabilities, np.float32))]
    compared, note = near.compared()
    limit = near.novelty.limit(rule.known_kept) if near.novelty is not None else None
    yield PredictionTrace(
        prediction=prediction,
        steps=tuple(steps),
        framed=photo.framed,
        crop=photo.crop,
        temperature=1.0 if model.target else rule.temperature,
        near=near.nearest(row),
        compared=compared,
        near_note=note,
        distance=None if limit is None or prediction.distance is None else prediction.distance * limit,
        limit=limit,
    )


class _TrainingPhotos:
    """The training photos whose features are stored with a run.

    Args:
        source: Folder of a run, or an exported head.
        novelty: What is stored; None if nothing is.
    """

    def __init__(self, source: Path, novelty: Novelty | None) -> None:
        self.novelty = novelty
        self._rows = np.asarray(novelty.rows, np.float32) if novelty is not None else np.zeros((0, 0), np.float32)
        self._is_run = source.is_dir() or source.name == runs.RUN
        self._names: dict[str, str] = {}
        self._folder = ""
        if self._is_run and novelty is not None and novelty.paths:
            run = source if source.is_dir() else source.parent
            record = runs.read(run)
            self._folder = record.spec.dataset.folder
            labels = {} if record.target else {photo.path: photo.label for photo in photos_file.read(run)}
            self._names = {path: record.classes[label] for path, label in labels.items() if label < len(record.classes)}

    def compared(self) -> tuple[int, str]:
        """The number of photos that are compared, and the reason if there are none."""
        if not self._is_run:
            return 0, "an exported head has no list of training photos"
        if self.novelty is None:
            return 0, "no features of training photos are stored with this run"
        if not self.novelty.paths:
            return 0, "this run stored the features of its training photos without their names"
        return len(self._rows), ""

    def nearest(self, row: NDArray[np.float32]) -> tuple[NearPhoto, ...]:
        """The photos nearest to features (D,), the nearest first; equally near ones in the order of their rows."""
        if self.novelty is None or not self.novelty.paths:
            return ()
        away = 1 - self._rows @ distances.unit(row[None])[0]
        places = np.argsort(away, kind="stable")[:NEAREST].tolist()
        return tuple(self._photo(self.novelty.paths[place], max(0.0, float(away[place]))) for place in places)

    def _photo(self, path: str, distance: float) -> NearPhoto:
        return NearPhoto(str(Path(self._folder, path)), self._names.get(path, ""), distance)


def _read(path: str, spec: PreprocessSpec, reading: Reading) -> _Read:
    """Read and preprocess a photo.

    Raises:
        Unreadable: It cannot be decoded.
    """
    data = decode.contents(path)
    with pixel_budget.SHARED.use():
        photo: ConvertedPhoto = predict.decoded(data, reading)
        image = photo.image
        shown = image.copy()
        shown.thumbnail((SCREEN, SCREEN), Image.Resampling.BICUBIC, reducing_gap=2.0)
        step = replace(_step("photo", np.asarray(image)), values=np.asarray(shown))
        crop = framing.crop_box(image.size, spec)
        return _Read(step, frame(image, spec), crop, tuple(range_warnings.of_photo(path, photo)))


def _step(name: TraceName, values: NDArray[Any]) -> TraceStep:
    mean = float(values.mean(dtype=np.float64))
    return TraceStep(name, values.shape, float(values.min()), float(values.max()), mean, values)
